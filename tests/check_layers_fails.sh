#!/bin/sh
# check_layers_fails.sh CHECK - does tools/check_layers.sh find an include upwards, one sideways, one past a public header, a system's header, and a circle of files?
set -eu
check=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# tree FILE INCLUDED: a tree with this one file
tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree/src/base" "$work/tree/$(dirname "$1")"
    echo "#include \"$2\"" >"$work/tree/$1"
}
refused() {
    if sh "$check" "$work/tree" "${1:-}" >/dev/null 2>&1; then
        echo "not found: $2"
        exit 1
    fi
}

tree cli/verb_x.c report/page.h
sh "$check" "$work/tree" || { echo "an include downwards is refused"; exit 1; }
tree report/page.c cli/cli.h
refused "" "report includes cli"
tree serve/routes.c studies/study.h
refused "" "serve includes studies"
tree common/roi.c clip/clip.h
refused "" "common includes clip"
tree studies/context.c eval/runs.h
refused "" "studies include what is inside eval"
tree src/kernels/gemm.c image/crops.h
refused "" "kernels include image"
tree src/clip/weights.c x
echo "#include <sys/stat.h>" >"$work/tree/src/clip/weights.c"
refused "" "the library asks the system outside base"
echo "#include <sys/stat.h>" >"$work/tree/src/base/file.c"
rm "$work/tree/src/clip/weights.c"
sh "$check" "$work/tree" || { echo "base asks the system, and is refused"; exit 1; }

tree common/a.c base/status.h
mkdir -p "$work/build/CMakeFiles/common_objects.dir/common"
echo 'int b(void); int a(void); int a(void) { return b(); }' >"$work/a.c"
echo 'int a(void); int b(void); int b(void) { return a(); }' >"$work/b.c"
cc -c "$work/a.c" -o "$work/build/CMakeFiles/common_objects.dir/common/a.c.o"
cc -c "$work/b.c" -o "$work/build/CMakeFiles/common_objects.dir/common/b.c.o"
refused "$work/build" "a.c calls b.c, which calls a.c"
echo 'int b(void); int b(void) { return 1; }' >"$work/b.c"
cc -c "$work/b.c" -o "$work/build/CMakeFiles/common_objects.dir/common/b.c.o"
sh "$check" "$work/tree" "$work/build" || { echo "a.c calls b.c alone, and is refused"; exit 1; }
