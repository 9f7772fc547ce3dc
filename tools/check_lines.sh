#!/bin/sh
# check_lines.sh - is a file short enough to be read, and does its first line name what it holds?  (A .c with a header of its name begins by including it.)
set -eu
unset CDPATH
cd "$(dirname "$0")/.."

bad=0
for file in $(find include src common hub eval report studies serve watch diagnostics cli bindings tests tools fuzz bench \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.py' -o -name '*.sh' \) 2>/dev/null | sort); do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 700 ]; then
        echo "$file: $lines lines, at most 700" >&2
        bad=1
    fi
    name=$(basename "$file")
    case "$file" in
    tests/* | tools/* | fuzz/* | bench/*) ;;
    *.c | *.h | *.hpp)
        case $(head -n 1 "$file") in
        "/* $name - "*) ;;
        "#include "*"${name%.c}.h\"") ;;
        *) echo "$file: the first line neither names what the file holds nor includes its header" >&2; bad=1 ;;
        esac ;;
    esac
done
exit $bad
