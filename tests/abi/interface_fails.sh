#!/usr/bin/env bash
# interface_fails.sh - does interface.sh notice what breaks programs, and let pass what does not?
# On a library of three structs and two functions, changed in one place at a time.
set -euo pipefail
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
command -v abidiff >/dev/null || { echo "skipped: no abidiff here (abigail-tools)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tests/abi" "$work/include"
cp "$here/interface.sh" "$here/allowed.abignore" "$work/tests/abi"

cat >"$work/unchanged.h" <<'H'
typedef enum { RWDA_A = 1, RWDA_B = 2 } rwda_kind;
typedef struct { unsigned long size; double first; float second; float third; } rwda_toy_options;
typedef struct { unsigned char *data; int width; int height; } rwda_image;
typedef struct rwda_model rwda_model;
int rwda_open(rwda_model **out, const rwda_toy_options *options, rwda_kind kind);
int rwda_score(const rwda_model *model, const rwda_image *image);
H
cat >"$work/rwda.c" <<'C'
#include "rwda.h"
struct rwda_model { int inside; };
int rwda_open(rwda_model **out, const rwda_toy_options *options, rwda_kind kind) { return out != 0 && options->first > kind; }
int rwda_score(const rwda_model *model, const rwda_image *image) { return model->inside + image->width; }
C
cp "$work/rwda.c" "$work/unchanged.c"

compile() { # from include/rwda.h and rwda.c
    for name in rwda rwda-eval; do
        cc -shared -fPIC -g2 -I"$work/include" "$work/rwda.c" -Wl,-soname,lib$name.so.0 -o "$work/lib$name.so"
    done
}

# change PASS|FAIL FILE SED-EXPRESSION
change() {
    cp "$work/unchanged.h" "$work/include/rwda.h"
    cp "$work/unchanged.c" "$work/rwda.c"
    sed -i "$3" "$work/$2"
    cmp -s "$work/$2" "$work/$([ "$2" = rwda.c ] && echo unchanged.c || echo unchanged.h)" && [ "$3" != "" ] && { echo "'$3' changes nothing"; exit 1; }
    compile
    local got=PASS
    "$work/tests/abi/interface.sh" "$work" >"$work/log" 2>&1 || got=FAIL
    [ $got = "$1" ] || { cat "$work/log"; echo "'$3' in $2: $got, not $1"; exit 1; }
}

cp "$work/unchanged.h" "$work/include/rwda.h"
compile
"$work/tests/abi/interface.sh" "$work" --record
change PASS rwda.c ''
change PASS include/rwda.h 's/float third; }/& /; s/float third;/float third; double fourth;/'
change PASS include/rwda.h 's/RWDA_B = 2/RWDA_B = 2, RWDA_C = 3/'
change PASS rwda.c 's/int inside;/int more, inside;/'
change PASS rwda.c '$a int rwda_more(void); int rwda_more(void) { return 1; }'
change FAIL include/rwda.h 's/double first;/double first, between;/'
change FAIL include/rwda.h 's/float second; float third;/double second; double third;/'
change FAIL include/rwda.h 's/int height;/int height; int stride;/'
change FAIL include/rwda.h 's/RWDA_B = 2/RWDA_B = 3/'
change FAIL rwda.c 's/^int rwda_score/int rwda_other/'
