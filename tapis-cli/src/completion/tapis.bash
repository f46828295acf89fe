# Completions of tapis for bash: eval "$(tapis completions bash)"
_tapis() {
    local line first='' prefix begin
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -z $first ]]; then first=$line; else COMPREPLY+=("$line"); fi
    done < <(_TAPIS_COMPLETE=bash @PROGRAM@ -- "${COMP_LINE:0:COMP_POINT}" "$2" "$COMP_TYPE" 2>/dev/null)
    [[ $first == files:* ]] || return 0
    prefix=${first#files:}
    if [[ -z $prefix && ${#COMPREPLY[@]} -eq 0 ]]; then
        # bash completes its files itself.
        compopt -o default +o nospace 2>/dev/null
        return 0
    fi
    begin=${2#"$prefix"}
    while IFS= read -r line; do
        [[ -d $line ]] && line+=/
        printf -v line '%q' "$line"
        [[ $begin == '~'* ]] && line=${line#\\}
        [[ $line == */ ]] || line+=' '
        COMPREPLY+=("$prefix$line")
    done < <(compgen -f -- "$begin")
}
complete -o nospace -F _tapis tapis
