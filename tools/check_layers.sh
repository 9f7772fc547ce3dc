#!/bin/sh
# check_layers.sh - do includes go one way?  (ARCHITECTURE.md has the ranks)
set -eu
cd "$(dirname "$0")/.."

rank() {
    case "$1" in
    base) echo 0 ;;
    kernels | format | metrics) echo 1 ;;
    image | clip) echo 2 ;;
    anomaly) echo 3 ;;
    api) echo 5 ;;
    *) echo 99 ;;
    esac
}

bad=0
for folder in src/*/; do
    folder=$(basename "$folder")
    own=$(rank "$folder")
    [ "$own" -ne 99 ] || { echo "src/$folder has no rank" >&2; bad=1; }
    for line in $(grep -rhoE '^ *# *include "[a-z]+/' "src/$folder" | sed -E 's/.*"([a-z]+)\/.*/\1/' | sort -u); do
        other=$(rank "$line")
        if [ "$line" != "$folder" ] && [ "$other" -ge "$own" ]; then
            echo "src/$folder (rank $own) includes $line/ (rank $other):" >&2
            grep -rnE "^ *# *include \"$line/" "src/$folder" >&2
            bad=1
        fi
    done
done
if grep -rnE '^ *# *include "(base|kernels|format|metrics|image|clip|anomaly|api)/' cli >&2; then
    echo "cli/ may include rwda.h only" >&2
    bad=1
fi
exit $bad
