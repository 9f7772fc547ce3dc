#!/usr/bin/env bash
# run.sh BUILD - do programs that were compiled with the header of 0.1.0, of today and of the future run with the library of today?
set -euo pipefail
unset CDPATH
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU

# The header of the future: every struct that may grow has one more field.
mkdir "$work/include"
cp "$root/include/rwda_compat.h" "$work/include"
for header in rwda.h rwda_memory.h; do
    sed -E 's/^\} rwda_[a-z_]*_options;$/    double later;\n&/; s/^\} rwda_(score|metrics|pixel_results|region);$/    float later;\n&/' \
        "$root/include/$header" >"$work/include/$header"
done
[ "$(cat "$work"/include/*.h | grep -cE '(double|float) later;')" = 13 ] || { echo "not 9 structs of options and 4 of results"; exit 1; }

compile() { # NAME FLAGS...
    local name=$1
    shift
    cc -std=c11 -Wall -Wextra -Wno-missing-field-initializers -Werror "$@" "$here/program.c" -L"$build" -lrwda -lm -o "$work/$name"
}
compile old -DOLD -I"$here"
compile today -I"$root/include"
compile future -DLATER -I"$work/include"
for name in old today future; do
    LD_LIBRARY_PATH="$build" "$work/$name" "$root/tests/model" "$root/samples/good/wood.jpg" "$work/scratch" >"$work/$name.txt" ||
        { echo "$name: FAILED"; exit 1; }
    cmp "$work/old.txt" "$work/$name.txt" # what they print is the same too
done
grep -q '^score 0\.' "$work/old.txt"
