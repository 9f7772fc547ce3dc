#!/bin/sh
# install_packages.sh - which Debian packages does this need, and are they there?
#   install_packages.sh build     compiler, CMake, libraries, cmocka
#   install_packages.sh parity    PyTorch, torchvision, Pillow and NumPy for the comparison with the reference
#   install_packages.sh fuzz      clang, which brings libFuzzer
set -eu

case "${1:-build}" in
build)
    wanted="gcc libc6-dev make cmake ninja-build pkg-config libjansson-dev libutf8proc-dev libjpeg62-turbo-dev
            libpng-dev libwebp-dev libtiff-dev libssl-dev libcsv-dev libmicrohttpd-dev curl libcmocka-dev" ;;
parity)
    wanted="python3 python3-venv python3-pip python3-torch python3-torchvision python3-numpy python3-pil" ;;
fuzz)
    wanted="clang" ;;
*)
    echo "install_packages.sh: '$1' is none of build, parity, fuzz" >&2
    exit 2 ;;
esac

missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing$missing" >&2
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing and this is not root:$missing" >&2; exit 1; }
    as_root="sudo"
fi
# shellcheck disable=SC2086 # a list of words is meant
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
