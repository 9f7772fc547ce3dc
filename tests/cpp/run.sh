#!/usr/bin/env bash
# run.sh BUILD - does rwda.hpp compile without a warning, answer as the C interface does, and give everything back?
# With the C++ compilers that are there, as C++17 and C++20; the first one's program runs under AddressSanitizer, which finds leaks.
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU

more="-g -fsanitize=address,undefined -fno-sanitize-recover=all"
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    compile() { "$compiler" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I"$root/include" "$here/program.cpp" "$@"; }
    compile -std=c++20 -fsyntax-only
    # shellcheck disable=SC2086 # a list of flags is meant
    compile -std=c++17 $more -L"$build" -lrwda -o "$work/$compiler"
    mkdir "$work/scratch"
    LD_LIBRARY_PATH="$build" "$work/$compiler" "$root/models/demo" "$root/samples/good" "$root/samples_wood/normal" "$work/scratch" ||
        { echo "$compiler: FAILED"; exit 1; }
    rm -r "$work/scratch"
    more=""
done
[ -z "$more" ] || { echo "no C++ compiler is here (tools/install_packages.sh languages): not tested"; exit 77; }
