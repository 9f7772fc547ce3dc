#!/usr/bin/env bash
# interface.sh BUILD [--record] - do the shared libraries still have the interface of the last release, symbols and types?
# tests/abi/lib*.abixml are what `interface.sh BUILD --record` wrote of that release: made anew with each one, and never to let a change pass.
# What may change, and how, stands at the top of include/rwda.h; allowed.abignore says it to abidiff.
set -euo pipefail
unset CDPATH
build=$1
here=$(cd "$(dirname "$0")" && pwd)
include=$(cd "$here/../../include" && pwd)
command -v abidiff >/dev/null || { echo "skipped: no abidiff here (abigail-tools)"; exit 77; }

failed=0
for name in rwda rwda-eval; do
    library=$(readlink -f "$build/lib$name.so")
    if [ "${2:-}" = --record ]; then
        abidw --headers-dir "$include" --exported-interfaces-only --drop-private-types --no-corpus-path --no-comp-dir-path --short-locs \
            --no-parameter-names "$library" >"$here/lib$name.abixml"
        continue
    fi
    # abidiff's exit code is 0 where nothing has changed but what allowed.abignore lets grow.  Of a struct in there it lets other changes pass
    # too, so that its report without that list may tell of no member that is another one, elsewhere or gone.
    compare=(abidiff --exported-interfaces-only --headers-dir2 "$include" --drop-private-types --no-added-syms)
    "${compare[@]}" --suppressions "$here/allowed.abignore" "$here/lib$name.abixml" "$library" || { echo "lib$name: abidiff says $?"; failed=1; }
    report=$("${compare[@]}" "$here/lib$name.abixml" "$library") || true
    if grep -B12 -A4 -E 'data member (change|deletion)' <<<"$report"; then
        echo "lib$name: a struct has changed before its end"
        failed=1
    fi
done
exit $failed
