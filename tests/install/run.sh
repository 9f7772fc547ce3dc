#!/usr/bin/env bash
# run.sh BUILD - does an installed rwda work for a program that knows pkg-config, or find_package(), and nothing else?
# Installs under DESTDIR into a prefix that is not the default one, moves the tree, builds examples/score_image.c against the shared
# and against the static library, and compares what both print with what the installed program prints.  Then it moves the tree again.
set -euo pipefail
unset CDPATH
build=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset RWDA_MODEL RWDA_CPU
export XDG_CACHE_HOME="$work/cache" LC_ALL=C

DESTDIR="$work/stage" cmake --install "$build" --prefix /opt/rwda >/dev/null
mv "$work/stage/opt/rwda" "$work/rwda"
prefix="$work/rwda"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name rwda.pc)")
export PKG_CONFIG_PATH
library=$(dirname "$(find "$prefix" -name librwda.a)")
[ "$(pkg-config --modversion rwda)" = "$("$prefix/bin/rwda" --version | sed -n '1s/^rwda \([^ ]*\).*/\1/p')" ] || { echo "the versions differ"; exit 1; }
"$prefix/bin/rwda" model path demo | grep -q "^$prefix/" || { echo "the installed program does not find its own model"; exit 1; }

mkdir "$work/home" # a fresh machine: nothing set, nothing there, and all samples are scored
(cd "$work/home" && env -i HOME="$work/home" "$prefix/bin/rwda" score --quiet --format csv "$root/samples") | awk -F, 'NR > 1 && $2 > 0 && $2 < 1' | wc -l |
    grep -qx "$(find "$root/samples" -name '*.jpg' | wc -l)" || { echo "the installed program does not score with nothing set up"; exit 1; }

nm -D --defined-only "$library/librwda.so" | awk '$2 != "A" { print $3 }' | grep -v '^rwda_.*@@RWDA_0$' && { echo "the shared library exports these names too, or without their version"; exit 1; }

# shellcheck disable=SC2046 # lists of flags are meant
cc -std=c11 -Wall -Wextra -Werror "$root/examples/score_image.c" $(pkg-config --cflags --libs rwda) -o "$work/shared"
# shellcheck disable=SC2046
cc -std=c11 "$root/examples/score_image.c" $(pkg-config --cflags rwda) "$library/librwda.a" \
    $(pkg-config --static --libs rwda | sed 's/-lrwda//') -o "$work/static"
ldd "$work/static" | grep -q librwda && { echo "the static program needs the shared library"; exit 1; }

"$prefix/bin/rwda" train --pairs 50 --epochs 1 --hidden 4 --quiet -o "$work/detector.safetensors"
set -- "$prefix/share/rwda/models/demo" "$work/detector.safetensors" "$root/samples/good/wood.jpg"
want=$("$prefix/bin/rwda" score --quiet --detector "$2" --format table "$3" | awk '{ print $1 }')
for kind in shared static; do
    got=$(LD_LIBRARY_PATH="$library" "$work/$kind" "$@")
    [ "$got" = "$want" ] || { echo "$kind: $got, but the program says $want"; exit 1; }
done

# The C++ example scores a folder, and prints what the program prints.
if command -v c++ >/dev/null; then
    # shellcheck disable=SC2046
    c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror "$root/examples/score_folder.cpp" $(pkg-config --cflags --libs rwda) -o "$work/folder"
    "$prefix/bin/rwda" score --quiet --detector "$2" --format table "$root/samples/good" >"$work/want"
    LD_LIBRARY_PATH="$library" "$work/folder" "$1" "$2" "$root/samples/good" | cmp "$work/want" -

    # Frames of a camera: a defect in the third, which the program finds in the same pixels, and the example where it is.
    # shellcheck disable=SC2046
    c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror "$root/examples/inspect_frames.cpp" $(pkg-config --cflags --libs rwda) -o "$work/frames"
    mkdir "$work/normal" "$work/new"
    python3 - "$work" <<'END'
import sys
width, height, work = 96, 72, sys.argv[1]
for kind, shifts in (("normal", (0, 1, 2, 3, 4, 5)), ("new", (6, 7, 8))):
    for shift in shifts:
        spot = lambda x, y: shift == 8 and 60 <= x < 72 and 20 <= y < 32
        rgb = [(0, 0, 0) if spot(x, y) else (120 + 8 * ((x + shift) % 12), 90 + 9 * ((y + shift) % 8), 60) for y in range(height) for x in range(width)]
        for camera in ("bgr", "mono"):
            seen = rgb if camera == "bgr" else [(r, r, r) for r, g, b in rgb]
            with open(f"{work}/{kind}/{camera}_{shift}.ppm", "wb") as f:
                f.write(b"P6 %d %d 255\n" % (width, height) + bytes(v for p in seen for v in p))
            if kind == "new":
                with open(f"{work}/{camera}", "ab") as f:
                    f.write(bytes(v for p in seen for v in (p[::-1] if camera == "bgr" else p[:1])))
END
    for camera in bgr mono; do
        "$prefix/bin/rwda" remember --model "$1" --quiet -f -o "$work/frames.safetensors" "$work"/normal/"$camera"*
        "$prefix/bin/rwda" calibrate --model "$1" --quiet -f --memory "$work/frames.safetensors" -o "$work/frames.json" 2>/dev/null
        "$prefix/bin/rwda" score --model "$1" --quiet --memory "$work/frames.safetensors" --threshold "$work/frames.json" --format table "$work"/new/"$camera"* |
            awk '{ print $1, $3 }' >"$work/want"
        LD_LIBRARY_PATH="$library" "$work/frames" "$1" "$work/frames.safetensors" "$work/frames.json" "$camera" 96 72 <"$work/$camera" >"$work/got"
        awk '{ print $1, $2 }' "$work/got" | cmp "$work/want" -
        tail -1 "$work/got" | awk -F '[ ,]+' '{ exit !($2 == "anomalous" && $3 >= 52 && $3 < 80 && $4 >= 12 && $4 < 40) }' ||
            { echo "the spot at 60..71,20..31 is not there:"; cat "$work/got"; exit 1; }
    done
    if head -c 100 "$work/mono" | LD_LIBRARY_PATH="$library" "$work/frames" "$1" "$work/frames.safetensors" "$work/frames.json" mono 96 72 2>"$work/said"; then exit 1; fi
    grep -q 'the last frame has 100 of 6912 bytes' "$work/said"
fi

# The example with a memory of normal images, against the program's --normal.
# shellcheck disable=SC2046
cc -std=c11 -Wall -Wextra -Werror "$root/examples/score_with_memory.c" $(pkg-config --cflags --libs rwda) -o "$work/memory"
new="$root/samples_wood/new/board_5_hole.jpg"
want=$("$prefix/bin/rwda" score --quiet --normal "$root/samples_wood/normal" --format table "$new" | awk '{ print $1 }')
got=$(LD_LIBRARY_PATH="$library" "$work/memory" "$1" "$new" "$root"/samples_wood/normal/*.jpg)
[ -n "$want" ] && [ "$got" = "$want" ] || { echo "with a memory: $got, but the program says $want"; exit 1; }

# librwda-eval, with its own pkg-config file: a data set in one folder, evaluated by the example and by the program.
nm -D --defined-only "$library/librwda-eval.so" | awk '$2 != "A" { print $3 }' | grep -v '^rwda_' && { echo "librwda-eval.so exports these names too"; exit 1; }
# shellcheck disable=SC2046
cc -std=c11 -Wall -Wextra -Werror "$root/examples/evaluate_dataset.c" $(pkg-config --cflags --libs rwda-eval) -o "$work/eval-shared"
# shellcheck disable=SC2046
cc -std=c11 "$root/examples/evaluate_dataset.c" $(pkg-config --cflags rwda-eval) "$library/librwda-eval.a" "$library/librwda.a" \
    $(pkg-config --static --libs rwda-eval | sed 's/-lrwda-eval//; s/-lrwda//') -o "$work/eval-static"
ldd "$work/eval-static" | grep -q librwda && { echo "the static program needs a shared library"; exit 1; }
mkdir -p "$work/data/samples/test"
cp -r "$root/samples/good" "$root/samples/defect" "$work/data/samples/test"
want=$("$prefix/bin/rwda" eval --quiet --model demo --data "$work/data" --method clip --format csv | awk -F, '/^"samples"/ { printf "%.4f", $6 }')
for kind in shared static; do
    got=$(LD_LIBRARY_PATH="$library" "$work/eval-$kind" "$prefix/share/rwda/models/demo" "$work/data" | awk '{ print $2 }')
    [ -n "$want" ] && [ "$got" = "$want" ] || { echo "evaluation, $kind: $got, but the program says $want"; exit 1; }
done

# By find_package(), after another move; LD_LIBRARY_PATH is not needed, each library has the other beside it.
mv "$work/rwda" "$work/moved once more"
prefix="$work/moved once more"
cmake -S "$root/tests/install/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DEXAMPLES="$root/examples" >"$work/log" 2>&1 &&
    cmake --build "$work/consumer" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
grep -q "^rwda_DIR:PATH=$prefix/" "$work/consumer/CMakeCache.txt" || { echo "find_package() found another rwda"; exit 1; }
score=$("$prefix/bin/rwda" score --quiet --detector "$work/detector.safetensors" --format table "$root/samples/good/wood.jpg" | awk '{ print $1 }')
for kind in "" _static; do
    got=$("$work/consumer/score$kind" "$prefix/share/rwda/models/demo" "$work/detector.safetensors" "$root/samples/good/wood.jpg")
    [ -n "$score" ] && [ "$got" = "$score" ] || { echo "find_package, score$kind: $got, but the program says $score"; exit 1; }
    got=$("$work/consumer/evaluate$kind" "$prefix/share/rwda/models/demo" "$work/data" | awk '{ print $2 }')
    [ "$got" = "$want" ] || { echo "find_package, evaluate$kind: $got, but the program says $want"; exit 1; }
done
