#!/bin/sh
# fresh.sh WHEEL PYTHON... - the wheel in a fresh environment of each CPython: README's lines, then the package's tests.
# PYTHON is an interpreter, or debian:SUITE: the newest of that suite, in a root of its own (needs root, mmdebstrap, 1 GB in $TMPDIR meanwhile;
# MIRROR: another than mmdebstrap's own).  Scores are compared with those of the program that is in the wheel.
set -eu
unset CDPATH
unset PYTHONPATH RWDA_MODEL
umask 022
here=$(pwd)
wheel=$(realpath -- "$1")
shift
work=$(realpath "$(mktemp -d)")
cd "$(dirname "$0")/../../.."
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# In the environment $1, from the checkout.
# shellcheck disable=SC2016 # the inner shell expands them
tries='set -eu
environment=$1 wheel=$2
"$environment/bin/pip" install --quiet "$wheel"
cp samples/good/grid.jpg "$environment/b.jpg"
cp docs/maps.png "$environment/a.png"
lines=$(awk "/^\`\`\`python/ { on = 1; next } /^\`\`\`/ { on = 0 } on" README.md)
(cd "$environment" && bin/python -c "$lines
print(scores.dtype, scores)")
"$environment/bin/pip" install --quiet pytest pillow typing_extensions tqdm
"$environment/bin/pip" install --quiet --only-binary :all: "scikit-learn>=1.6" || echo "no scikit-learn for it: its tests are left out"
bindings/python/tests/run.sh "$environment/bin/python" installed "$environment/bin/rwda" -rs'

for python in "$@"; do
    rm -rf --one-file-system "$work/fresh"
    case $python in
    debian:*)
        mmdebstrap --quiet --mode=root --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' --include=ca-certificates \
            "${python#debian:}" "$work/fresh" ${MIRROR:+"$MIRROR"} # a mirror may be older than a suite's promise
        cp /etc/resolv.conf "$work/fresh/etc/resolv.conf"
        cp /etc/ssl/certs/ca-certificates.crt "$work/fresh/etc/ssl/certs/"
        mkdir "$work/fresh/checkout"
        git ls-files -z >"$work/files"
        tar --create --null --files-from "$work/files" | tar --extract --directory "$work/fresh/checkout"
        cp "$wheel" "$work/fresh/checkout"
        # shellcheck disable=SC2016 # the inner shell expands them
        unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$1" sh -c "$2" sh "$3" "$4"' \
            sh "$work/fresh" 'set -eu
                apt-get -qq update
                newest=$(apt-cache pkgnames python3. | grep -E "^python3\.[0-9]+-venv$" | sort -V | tail -1)
                DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$newest" >/dev/null
                "${newest%-venv}" -m venv /environment
                printf "\n==== %s, Debian %s\n" "$("${newest%-venv}" --version)" "$(cat /etc/debian_version)"
                cd /checkout
                exec sh -c "$1" sh /environment "/checkout/$2"' "$tries" "$(basename "$wheel")" ;;
    *)
        case $python in */*) python=$(cd "$here" && realpath --no-symlinks -- "$python") ;; esac
        "$python" -m venv "$work/fresh"
        printf '\n==== %s\n' "$("$python" --version)"
        sh -c "$tries" sh "$work/fresh" "$wheel" ;;
    esac
done
