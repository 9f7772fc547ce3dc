#!/bin/sh
# check_symbols.sh LIBRARY.a [OBJECT...] - are the library's global names prefixed, and does it never print, exit or abort?  Does no object
# of the layers above have a global name a second time?  (A linker takes the object's, silently, where the library means its own.)
set -eu
library=$1
shift

bad=0
names=$(nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 { print $3 }' | grep -vE '^(rwda_|rw_|__asan|__ubsan|__tsan|__odr_asan|_\.)' || true)
if [ -n "$names" ]; then
    echo "global names without the prefix rwda_ or rw_:" >&2
    echo "$names" >&2
    bad=1
fi
calls=$(nm -u "$library" 2>/dev/null | awk '{ print $2 }' | sort -u |
    grep -xE 'printf|puts|putchar|fprintf|vfprintf|vprintf|perror|fputs|fputc|fwrite|exit|_exit|abort|getenv|setenv|setlocale|signal|sigaction|stdout|stderr|__printf_chk|__fprintf_chk' || true)
if [ -n "$calls" ]; then
    echo "the library must not call:" >&2
    echo "$calls" >&2
    bad=1
fi
twice=$(nm -g --defined-only "$library" "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | grep -vE '^(__asan|__ubsan|__tsan|__odr_asan|_\.)' |
    sort | uniq -d)
if [ -n "$twice" ]; then
    echo "global names that stand twice:" >&2
    echo "$twice" >&2
    bad=1
fi
exit $bad
