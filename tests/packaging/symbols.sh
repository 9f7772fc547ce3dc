#!/bin/sh
# symbols.sh LIBRARY SYMBOLS - does Debian's list of a library's functions name those that it exports, and no other?
set -eu
unset CDPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
nm -D --defined-only "$1" | awk '$2 != "A" { sub("@@", "@", $3); print $3 }' | sort >"$work/exported"
awk '/^ / && $1 !~ /^RWDA/ { print $1 }' "$2" | sort >"$work/listed"
[ -s "$work/exported" ] || { echo "$1 exports nothing"; exit 1; }
diff -u "$work/listed" "$work/exported" || { echo "$2: + is to be added, - is to go"; exit 1; }
