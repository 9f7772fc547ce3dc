#!/bin/sh
# install_packages.sh [--list | --debian] GROUP... - which Debian packages do these need, and are they there?
#   build     compiler, CMake, libraries, cmocka
#   parity    PyTorch, torchvision, Pillow, NumPy, SciPy and scikit-learn for the comparison with the references
#   cross     compilers for 64-bit ARM and s390x, QEMU's user mode, and what unpacks the libraries of another machine
#   python    headers and environments for the Python package
#   fuzz      clang with its run-time libraries, libFuzzer among them
#   manual    mandoc, zsh, fish and pexpect, for the tests of manual pages and completions
#   site      mandoc and npm; mkdocs-material from PyPI and one script from npm into build/
#   languages C++, Rust and C# compilers for tests/cpp and the examples
#   packaging debhelper, lintian, mmdebstrap, autopkgtest, faketime: `make deb`, `make deb-test`, `make reproducible`
#   abi       abidiff, for the test of the interface
#   musl      musl's compiler, and what builds the libraries from Debian's sources: `make static`
#   windows   MinGW's compiler, Wine, and what builds the libraries from Debian's sources: `make windows`
#   watch     an MQTT broker, for the test of `rwda watch`
#   parallel, mpi, slurm, spark  each engine of `make engines` that Debian has, or its Java
#   arrow     nanoarrow's C sources from PyPI into build/nanoarrow, for Arrow streams; a build without them leaves those out
#   arrow-test pyarrow, polars and DuckDB from PyPI into the checkout, for `make arrow-test`
#   web-test  Chromium, Node.js and promtool; Playwright, axe-core and Triton's client into the checkout
# --list: their names and nothing else.  --debian: nothing from PyPI and npm.
set -eu
unset CDPATH

list=""
debian=""
case ${1:-} in
--list) list=yes && shift ;;
--debian) debian=yes && shift ;;
esac
wanted=""
for group in "$@"; do
    case $group in
    build)
        wanted="$wanted gcc libc6-dev make cmake ninja-build pkg-config libjansson-dev libutf8proc-dev libjpeg62-turbo-dev
            libpng-dev libwebp-dev libtiff-dev libgif-dev libavif-dev libopenjp2-7-dev libheif-dev nettle-dev libxxhash-dev libcsv-dev
            libmicrohttpd-dev libcurl4-openssl-dev libarchive-dev curl libsqlite3-dev libmosquitto-dev libcmocka-dev python3" ;;
    watch)
        wanted="$wanted mosquitto mosquitto-clients openssl python3" ;;
    parity)
        wanted="$wanted python3 python3-venv python3-pip python3-torch python3-torchvision python3-numpy python3-pil
            python3-scipy python3-sklearn" ;;
    cross)
        wanted="$wanted gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu qemu-user-static mmdebstrap" ;;
    python)
        wanted="$wanted python3-dev python3-venv" ;;
    fuzz)
        wanted="$wanted clang libclang-rt-dev" ;;
    manual)
        wanted="$wanted mandoc zsh fish python3 python3-pexpect" ;;
    site)
        wanted="$wanted mandoc git python3 python3-venv"
        command -v npm >/dev/null || wanted="$wanted nodejs npm" ;;
    languages)
        wanted="$wanted g++ rustc mono-mcs mono-runtime" ;;
    packaging)
        wanted="$wanted build-essential dpkg-dev fakeroot debhelper lintian mmdebstrap autopkgtest faketime locales
            dh-python python3-dev python3-cffi" ;;
    abi)
        wanted="$wanted abigail-tools" ;;
    musl)
        wanted="$wanted musl-tools dpkg-dev autoconf automake libtool gettext" ;;
    windows)
        wanted="$wanted gcc-mingw-w64-x86-64-posix wine64 cmake ninja-build pkg-config make dpkg-dev autoconf automake libtool gettext" ;;
    parallel)
        wanted="$wanted parallel python3" ;;
    mpi)
        wanted="$wanted openmpi-bin python3" ;;
    slurm)
        wanted="$wanted slurm-wlm munge python3" ;;
    spark)
        wanted="$wanted python3 python3-venv"
        command -v java >/dev/null || wanted="$wanted default-jre-headless" ;;
    arrow | arrow-test)
        wanted="$wanted python3 python3-venv" ;;
    web-test)
        wanted="$wanted chromium fonts-dejavu-core prometheus python3 python3-venv"
        command -v npm >/dev/null || wanted="$wanted nodejs npm" ;;
    *)
        echo "install_packages.sh: '$group' is none of build, parity, cross, python, fuzz, manual, site, languages, packaging, abi, musl, windows, watch, parallel, mpi, slurm, spark, arrow, arrow-test, web-test" >&2
        exit 2 ;;
    esac
done

if [ -n "$list" ]; then
    # shellcheck disable=SC2086 # a list of words is meant
    printf '%s\n' $wanted
    exit 0
fi
[ -z "$wanted" ] || command -v dpkg-query >/dev/null || {
    echo "install_packages.sh: these are packages of Debian, which this system is not (no dpkg-query); --list names them" >&2
    exit 1
}
missing=""
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
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
fi
[ -z "$debian" ] || exit 0

# From npm and PyPI, into the checkout only: versions are in the files named here.
cd "$(dirname "$0")/.."
environment() { # FOLDER REQUIREMENTS: Python's packages, again when the file is newer
    [ -e "$1/installed" ] && [ ! "$2" -nt "$1/installed" ] && return
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    touch "$1/installed"
}
case " $* " in *" site "*)
    environment build/site-venv tools/site/requirements.txt
    [ -e build/site-npm/node_modules/iframe-worker ] || npm install --prefix build/site-npm --no-audit --no-fund --loglevel=error iframe-worker@1.0.4 ;;
esac
case " $* " in *" arrow "*)
    if [ ! -e build/nanoarrow/installed ] || [ tools/arrow/requirements.txt -nt build/nanoarrow/installed ]; then
        rm -rf build/nanoarrow build/nanoarrow-fetch
        python3 -m venv build/nanoarrow-fetch
        PYTHONPATH="$PWD/tools/arrow" build/nanoarrow-fetch/bin/pip download --quiet --disable-pip-version-check --no-deps --no-binary nanoarrow \
            --no-build-isolation --dest build/nanoarrow-fetch -r tools/arrow/requirements.txt
        mkdir build/nanoarrow-fetch/whole # moved when it is: CMake takes what is there
        tar -xzf build/nanoarrow-fetch/nanoarrow-*.tar.gz -C build/nanoarrow-fetch/whole --strip-components=1
        rm -rf build/nanoarrow-fetch/whole/subprojects/zstd-* build/nanoarrow-fetch/whole/subprojects/lz4-*
        touch build/nanoarrow-fetch/whole/installed
        mv build/nanoarrow-fetch/whole build/nanoarrow
        rm -rf build/nanoarrow-fetch
    fi ;;
esac
case " $* " in *" arrow-test "*)
    environment build/arrow-venv tests/arrow/requirements.txt ;;
esac
case " $* " in *" web-test "*) ;; *) exit 0 ;; esac
if [ ! -e tests/web/node_modules/installed ] || [ tests/web/package.json -nt tests/web/node_modules/installed ]; then
    (cd tests/web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-audit --no-fund --loglevel=error)
    touch tests/web/node_modules/installed
fi
environment build/http-venv tests/http/requirements.txt
