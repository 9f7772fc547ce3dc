#!/bin/sh
# check_symbols.sh LIBRARY.a [OBJECT...] - are the library's global names prefixed, versioned and documented, and does it never print, exit or
# abort?  Does no object of the layers above have a global name a second time?  (A linker takes the object's, silently, where the library
# means its own.)
set -eu
unset CDPATH
library=$1
shift
shared=${library%.a}.so
root=$(cd "$(dirname "$0")/.." && pwd)

bad=0
complain() {
    [ -z "$2" ] && return
    printf '%s\n%s\n' "$1" "$2" >&2
    bad=1
}

complain "global names without the prefix rwda_ or rw_:" \
    "$(nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 { print $3 }' |
        grep -vE '^(rwda_|rw_|__asan|__ubsan|__tsan|__odr_asan|_\.)')"
complain "the library must not call:" \
    "$(nm -u "$library" 2>/dev/null | awk '{ print $2 }' | sort -u |
        grep -xE 'printf|puts|putchar|fprintf|vfprintf|vprintf|perror|fputs|fputc|fwrite|exit|_exit|abort|getenv|setenv|setlocale|signal|sigaction|stdout|stderr|__printf_chk|__fprintf_chk')"

complain "global names that stand twice:" \
    "$(nm -g --defined-only "$library" "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' |
        grep -vE '^(__asan|__ubsan|__tsan|__odr_asan|_\.)' | sort | uniq -d)"

# What is exported has its version (cmake/rwda.map), and is what the headers of today or that of the first release declare: no less, since
# programs of that time call it, and no more.
exported=$(nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 }')
complain "exported without the version RWDA_0:" "$(echo "$exported" | grep -v '^rwda_[a-z0-9_]*@@RWDA_0$')"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo "$exported" | sed 's/@.*//' | sort >"$work/exported"
find "$root/include" "$root/tests/abi" -name '*.h' ! -name rwda_eval.h -exec sed 's/^ *#.*//' {} + | tr '\n' ' ' | grep -oE 'RWDA_API [^(]*\(' |
    grep -oE 'rwda_[a-z0-9_]+\($' | tr -d '(' | sort -u >"$work/declared"
complain "declared, and not exported:" "$(comm -13 "$work/exported" "$work/declared")"
complain "exported, and declared nowhere:" "$(comm -23 "$work/exported" "$work/declared")"
exit $bad
