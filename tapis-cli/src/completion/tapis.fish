# Completions of tapis for fish: tapis completions fish | source
function __tapis_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l word (commandline --current-token --cut-at-cursor)
    set -l lines (env _TAPIS_COMPLETE=fish @PROGRAM@ -- $words "$word" 2>/dev/null)
    for line in $lines[2..-1]
        echo -- $line
    end
    if string match --quiet 'files:*' -- "$lines[1]"
        set -l prefix (string replace 'files:' '' -- $lines[1])
        set -l begin (string unescape -- "$word")
        set begin (string replace -- "$prefix" '' "$begin")
        set -l home (string match --regex '^~(?=/)' -- "$begin")
        and set begin (string replace -- '~' $HOME "$begin")
        for file in (__fish_complete_path "$begin")
            test -n "$home"
            and set file (string replace -- $HOME '~' $file)
            echo -- "$prefix$file"
        end
    end
end
complete --command tapis --no-files --keep-order --arguments '(__tapis_complete)'
