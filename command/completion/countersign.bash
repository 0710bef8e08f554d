# countersign completion for bash. The program itself says what can stand in place of a word.
_countersign() {
    local cur=${COMP_WORDS[COMP_CWORD]} kind="" line word flag="" n=0
    local -a words=()
    # bash cuts a word at "=": -target=x comes as three.
    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
        if ((n > 0)) && [[ $word == "=" && ${words[n-1]} == -* || ${words[n-1]} == -*= ]]; then
            words[n-1]+=$word
        else
            words[n++]=$word
        fi
    done
    [[ $cur == "=" ]] && cur=""
    [[ $cur == -*=* ]] && flag=${cur%%=*}= cur=${cur#*=}
    words[n-1]+=.
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $kind ]]; then
            kind=$line
            continue
        fi
        word=${line%%$'\t'*}
        # Within quotation marks readline quotes it.
        [[ $cur != [\'\"]* && $word == *[!A-Za-z0-9_.,=/:-]* ]] && printf -v word %q "$word"
        COMPREPLY+=("$flag$word")
    done < <(countersign completion words -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -gt 0 ]]; then
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
        return
    fi
    compopt -o filenames 2>/dev/null
    local IFS=$'\n'
    case $kind in
        files) COMPREPLY=($(compgen -f -- "$cur")) ;;
        configurations) COMPREPLY=($(compgen -f -X '!*.hcl*' -- "$cur") $(compgen -d -- "$cur")) ;;
    esac
}
complete -F _countersign countersign
