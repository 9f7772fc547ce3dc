#!/usr/bin/env bash
# scripts.sh - do the scripts leave alone what is not theirs: other people's files, another checkout, temporary files after a signal?
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "scripts.sh: $1"; exit 1; }

# A folder that holds something else is refused by the name of that; nothing in it changes.
mkdir "$work/mine"
touch "$work/mine/notes.txt" "$work/mine/rwda_0.1.0-1.dsc"
bash -euc 'cd "$1"; . packaging/own_folder.sh; own_folder "$2" "${packages[@]}"' own_folder "$root" "$work/mine" 2>"$work/said" && fail "a folder of others is taken"
grep -q 'holds notes.txt' "$work/said" || fail "refused without the name: $(cat "$work/said")"
[ "$(ls "$work/mine")" = "$(printf 'notes.txt\nrwda_0.1.0-1.dsc')" ] || fail "something was removed"
rm "$work/mine/notes.txt"
bash -euc 'cd "$1"; . packaging/own_folder.sh; own_folder "$2" "${packages[@]}"; echo "${ours[@]}"' own_folder "$root" "$work/mine" | grep -q '/rwda_0.1.0-1.dsc$' || fail "our own folder is not taken"

# CDPATH of the caller: cd would go elsewhere, and say where.
for script in $(cd "$root" && find . \( -path ./build -o -path ./shared -o -name node_modules -o -path ./tests/cli/cases \) -prune -o -name '*.sh' -print) .ci/run; do
    # shellcheck disable=SC2016 # as it stands in the script
    ! grep -qE '^[^#]*\bcd ("|\$)' "$root/$script" || grep -q '^unset CDPATH$' "$root/$script" || fail "$script: cd without 'unset CDPATH'"
done

# dash runs no EXIT trap when a signal ends it.
for script in $(cd "$root" && grep -rlE --include='*.sh' '^ *trap .* EXIT$' bindings tests tools packaging); do
    head -n 1 "$root/$script" | grep -q '^#!/bin/sh' || continue
    [ "$(grep -cE "trap 'exit (130' INT|143' TERM)$" "$root/$script")" = 2 ] || fail "$script: a signal leaves its temporary files"
done

# A package installed for two architectures, and one that is held, are there.
mkdir "$work/bin"
cat >"$work/bin/dpkg-query" <<'END'
#!/bin/sh
case $3 in *db:Status-Status*'\n'*) printf 'installed\ninstalled\n' ;; *) printf 'hold ok installedhold ok installed' ;; esac
END
printf '#!/bin/sh\nexit 1\n' >"$work/bin/apt-get"
chmod +x "$work/bin/dpkg-query" "$work/bin/apt-get"
PATH="$work/bin:$PATH" "$root/tools/install_packages.sh" --debian abi 2>"$work/said" </dev/null || fail "$(cat "$work/said")"
[ ! -s "$work/said" ] || fail "$(cat "$work/said")"
