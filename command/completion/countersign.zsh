#compdef countersign
# countersign completion for zsh. The program itself says what can stand in place of a word.
_countersign() {
    local -a before lines open shut
    local line word kind
    before=(${words[2,CURRENT-1]})
    lines=("${(@f)$(countersign completion words -- $before "$QIPREFIX$PREFIX." 2>/dev/null)}")
    kind=${lines[1]}
    [[ $PREFIX == -*=* ]] && compset -P 1 '*='
    for line in ${lines[2,-1]}; do
        word=${${line%%$'\t'*}//:/\\:}
        [[ $line == *$'\t'* ]] && line=$word:${line#*$'\t'} || line=$word
        [[ $word == *= ]] && open+=($line) || shut+=($line)
    done
    (( $#open )) && _describe -t flags 'flag' open -S ''
    (( $#shut )) && _describe -t words 'word' shut
    case $kind in
        (files) _files ;;
        (configurations) _files -g '*.hcl(|.json)' ;;
    esac
}
compdef _countersign countersign
