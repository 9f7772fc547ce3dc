#!/bin/sh
# check_lines.sh - is a file short enough to be read, and does its first line say which question it answers?
set -eu
cd "$(dirname "$0")/.."

bad=0
for file in $(find include src cli tests tools fuzz bench \( -name '*.c' -o -name '*.h' -o -name '*.py' -o -name '*.sh' \) 2>/dev/null | sort); do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 700 ]; then
        echo "$file: $lines lines, at most 700" >&2
        bad=1
    fi
    case "$file" in
    src/*.c | src/*.h | cli/*.c | cli/*.h | include/*.h)
        head -n 3 "$file" | grep -q '?' || { echo "$file: the first line asks no question" >&2; bad=1; } ;;
    esac
done
exit $bad
