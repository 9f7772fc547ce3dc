#!/bin/sh
# check_layers.sh [ROOT] [BUILD] - includes go one way between the folders, and no files call each other in a circle.
# ARCHITECTURE.md has the ranks.  ROOT: the tree (this one); BUILD: its build folder, whose objects tell who calls whom.
set -eu
unset CDPATH
root=${1:-$(dirname "$0")/..}
build=${2:-}
bad=0

# A folder includes itself and folders of lower rank.
rank() {
    case "$1" in
    base) echo 0 ;;
    kernels | format | metrics) echo 1 ;;
    image | clip) echo 2 ;;
    anomaly) echo 3 ;;
    api) echo 4 ;;
    common) echo 5 ;;
    eval | hub) echo 6 ;;
    report) echo 7 ;;
    studies | serve | watch | diagnostics) echo 8 ;;
    cli) echo 9 ;;
    *) echo none ;;
    esac
}

cd "$root"
folders=$(for folder in src/*/ common/ hub/ eval/ report/ studies/ serve/ watch/ diagnostics/ cli/; do [ ! -d "$folder" ] || echo "${folder%/}"; done)
for path in $folders; do
    folder=$(basename "$path")
    own=$(rank "$folder")
    [ "$own" != none ] || { echo "$path has no rank" >&2; bad=1; continue; }
    for other in $(grep -rhoE '^ *# *include "[a-z]+/' --include='*.[ch]' "$path" | sed -E 's/.*"([a-z]+)\/.*/\1/' | sort -u); do
        its=$(rank "$other")
        why=""
        if [ "$other" = "$folder" ] || [ "$its" = none ]; then
            continue
        elif [ "$its" -ge "$own" ]; then
            why="rank $own includes rank $its"
        elif [ "$own" -gt 4 ] && [ "$its" -le 4 ] && [ "$other" != base ]; then
            why="the library is known by <rwda.h> and base/"
        elif [ "$other" = eval ]; then
            why="it is known by <rwda_eval.h>"
        fi
        if [ -n "$why" ]; then
            echo "$path includes $other/: $why" >&2
            grep -rnE "^ *# *include \"$other/" --include='*.[ch]' "$path" >&2
            bad=1
        fi
    done
done

# The library asks the system in src/base alone: another system is those files written anew.
if grep -rnE '^ *# *include <(unistd|fcntl|dirent|pthread|sched|signal|poll|windows|sys/[a-z]+)\.h>' --include='*.[ch]' src 2>/dev/null | grep -v '^src/base/' >&2; then
    echo "system calls of the library belong into src/base" >&2
    bad=1
fi

# Who calls whom, from the objects' symbols: one line "user definer" a pair.  tsort finds the circles.
if [ -n "$build" ]; then
    objects=$(find "$build/CMakeFiles" -name '*.c.o' | grep -E '_objects\.dir/|/rwda\.dir/' | sort)
    # shellcheck disable=SC2086 # a list of files is meant
    nm -A -g $objects 2>/dev/null | sed -E 's|^.*\.dir/||' | awk '
        { split($1, part, ":"); file = part[1]; kind = $(NF - 1); name = $NF }
        kind == "U" { uses[file, name] = 1; next }
        kind ~ /^[TDBRVW]$/ { definer[name] = file }
        END {
            for (pair in uses) {
                split(pair, p, SUBSEP)
                if (p[2] in definer && definer[p[2]] != p[1])
                    print p[1], definer[p[2]]
            }
        }' | sort -u >"$build/calls.txt"
    [ -s "$build/calls.txt" ] || { echo "no objects in $build" >&2; bad=1; }
    if ! tsort "$build/calls.txt" >/dev/null 2>"$build/circles.txt"; then
        echo "files call each other in a circle:" >&2
        sed -E 's/^tsort: *//' "$build/circles.txt" >&2
        bad=1
    fi
fi
exit $bad
