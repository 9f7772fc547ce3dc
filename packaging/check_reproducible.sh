#!/usr/bin/env bash
# check_reproducible.sh - do two builds give the same bytes: in other folders, at other times, with another locale, time zone and umask?
# Compares the Debian packages (PACKAGES=no: the program, the libraries and what is installed of them instead) and, where PYTHON names an
# interpreter that has bindings/python/requirements.txt, the wheel.
# KEEP=yes leaves both builds where they are.  Needs faketime; for the packages what `tools/install_packages.sh packaging` brings.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
root=$(pwd)
work=$(realpath "$(mktemp -d)")
trap '[ -n "${KEEP:-}" ] && echo "$work" || rm -rf "$work"' EXIT
unset CMAKE_C_COMPILER_LAUNCHER TMPDIR # a compiler's cache would give the same bytes whatever is built
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog --show-field Timestamp)
export SOURCE_DATE_EPOCH
mkdir -p "$work/locales"
# A locale in which "I" is no capital "i"; where its sources are missing its name alone differs.
localedef -i tr_TR -f UTF-8 "$work/locales/tr_TR.UTF-8" 2>/dev/null || echo "no sources of locales here: the second build has C too"

# as_first COMMAND..., as_second COMMAND...
as_first() { env LC_ALL=C TZ=UTC "$@"; }
as_second() { env LOCPATH="$work/locales" LC_ALL=tr_TR.UTF-8 TZ=Pacific/Kiritimati HOME=/nonexistent faketime -f "+398d" "$@"; }

build() { # WAY UMASK FOLDER
    umask "$2"
    mkdir -p "$3"
    git -C "$root" ls-files -z | (cd "$root" && xargs -0 cp --parents -t "$3")
    cd "$3"
    [ -z "${PYTHON:-}" ] || "$1" bindings/python/wheel.sh "$3.wheel" >"$3.log" 2>&1 || { tail -30 "$3.log"; return 1; }
    if [ "${PACKAGES:-}" != no ]; then
        "$1" env DEB_BUILD_OPTIONS="nocheck ${DEB_BUILD_OPTIONS:-}" dpkg-buildpackage -us -uc -b >"$3.log" 2>&1 || { tail -30 "$3.log"; return 1; }
        return
    fi
    "$1" cmake -S . -B out -G Ninja -DCMAKE_BUILD_TYPE=Release -DRWDA_BUILD_TESTS=OFF -DRWDA_MODELS=/usr/share/rwda/models >"$3.log" 2>&1 &&
        "$1" cmake --build out --target all sbom >>"$3.log" 2>&1 &&
        DESTDIR="$3/stage" "$1" cmake --install out >>"$3.log" 2>&1 || { tail -30 "$3.log"; return 1; }
}

(build as_first 022 "$work/a/rwda")
(build as_second 077 "$work/another-and-longer-place/source")
differ=0
other=$work/another-and-longer-place
compare() { # PATH PATH NAME
    if cmp -s "$1" "$2"; then
        printf 'same    %s  %s\n' "$(sha256sum "$1" | cut -c1-16)" "$3"
    else
        printf 'DIFFER  %s\n' "$3"
        differ=1
    fi
}
if [ "${PACKAGES:-}" != no ]; then
    for package in "$work"/a/*.deb; do
        compare "$package" "$other/$(basename "$package")" "$(basename "$package")"
    done
else
    cd "$work/a/rwda/stage"
    find . -type f | LC_ALL=C sort >"$work/files"
    while read -r file; do
        compare "$file" "$other/source/stage/$file" "$file"
    done <"$work/files"
fi
if [ -n "${PYTHON:-}" ]; then
    compare "$work"/a/rwda.wheel/*.whl "$other"/source.wheel/*.whl "$(basename "$work"/a/rwda.wheel/*.whl)"
fi
exit $differ
