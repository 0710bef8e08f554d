# countersign completion for fish. The program itself says what can stand in place of a word.
function __countersign_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l flag (string match -r -- '^-[^=]*=' $current; or echo '')
    set -l value (string replace -r -- '^-[^=]*=' '' $current)
    set -l lines (countersign completion words -- $words "$current." 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    for line in $lines
        printf '%s\n' "$flag$line"
    end
    switch "$kind"
        case files
            for path in (__fish_complete_path "$value")
                printf '%s\n' "$flag$path"
            end
        case configurations
            for path in (__fish_complete_path "$value" | string match -r -- '^[^\t]*(?:/|\.hcl|\.hcl\.json)(?:\t.*)?$')
                printf '%s\n' "$flag$path"
            end
    end
end
complete -c countersign -f -a '(__countersign_complete)'
