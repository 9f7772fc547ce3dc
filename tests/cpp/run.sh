#!/usr/bin/env bash
# run.sh BUILD - does rwda.hpp compile without a warning, answer as the C interface does, and give everything back?
# With the C++ compilers that are there, as C++17 and C++20; the first one's program runs under AddressSanitizer, which finds leaks.
set -euo pipefail
unset CDPATH
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU

more="-g -fsanitize=address,undefined -fno-sanitize-recover=all"
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    checked() { "$compiler" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I"$root/include" "$@"; }
    compile() { checked "$here/program.cpp" "$@"; }
    compile -std=c++20 -fsyntax-only
    checked "$here/refused.cpp" -std=c++17 -fsyntax-only
    for what in LAZY VIEWS IMAGES TYPES; do
        if checked "$here/refused.cpp" -std=c++17 -fsyntax-only -DREFUSED_$what 2>"$work/said" || ! grep -qE "do not last|not an image" "$work/said"; then
            echo "$compiler: REFUSED_$what in refused.cpp: not refused for the right reason"
            cat "$work/said"
            exit 1
        fi
    done
    # shellcheck disable=SC2086 # a list of flags is meant
    compile -std=c++17 $more -L"$build" -lrwda -o "$work/$compiler"
    mkdir "$work/scratch"
    LD_LIBRARY_PATH="$build" "$work/$compiler" "$root/tests/model" "$root/samples/good" "$root/samples_wood/normal" "$work/scratch" ||
        { echo "$compiler: FAILED"; exit 1; }
    rm -r "$work/scratch"
    more=""
done
[ -z "$more" ] || { echo "no C++ compiler is here (tools/install_packages.sh languages): not tested"; exit 77; }
