#compdef tapis
# Completions of tapis for zsh: eval "$(tapis completions zsh)"
_tapis() {
    local first line value
    local -a lines described open open_shown plain plain_shown
    lines=("${(@f)$(_TAPIS_COMPLETE=zsh @PROGRAM@ -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    first=$lines[1]
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        if [[ $line == *$'\t'* ]]; then
            described+=("${${value//\\/\\\\}//:/\\:}:${line#*$'\t'}")
        elif [[ $value == *[/:@=] ]]; then
            open+=("$value")
            [[ $value == *[^/]/ ]] && value=${${value%/}##*/}/
            open_shown+=("$value")
        else
            plain+=("$value") plain_shown+=("${value##*/}")
        fi
    done
    (( $#described )) && _describe -V tapis described
    (( $#open )) && compadd -S '' -d open_shown -a open
    (( $#plain )) && compadd -d plain_shown -a plain
    if [[ $first == files:* ]]; then
        value=${first#files:}
        [[ -z $value ]] || compset -P "${(b)value}"
        _files
    fi
}
if [[ $funcstack[1] == _tapis ]]; then
    _tapis "$@"
else
    if (( ! $+functions[compdef] )); then
        autoload -Uz compinit && compinit -i
    fi
    compdef _tapis tapis
fi
