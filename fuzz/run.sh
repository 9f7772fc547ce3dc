#!/bin/sh
# run.sh BUILD [SECONDS [TARGET]] - does every fuzz target, or this one, hold for that long?  (60 s each, as many at a time as there are cores)
# New inputs are kept in BUILD/corpus/<target>, so that the next run goes on from them; a crash leaves its input in BUILD.
set -eu
unset CDPATH
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
seconds=${2:-60}
if [ $# -lt 3 ]; then
    find "$build/fuzz" -maxdepth 1 -name 'fuzz_*' -type f -executable -printf '%f\n' | sort |
        xargs -P "$(nproc)" -I TARGET "$0" "$build" "$seconds" TARGET
    exit
fi
name=$3
corpus="$build/corpus/$name"
longest=4096
mkdir -p "$corpus"
case $name in
fuzz_image) seeds="$root/tests/images" ;;
fuzz_plane) seeds="$root/tests/planes" ;;
fuzz_config) seeds="$corpus.seeds" && mkdir -p "$seeds" && cp "$root"/models/*/*.json "$seeds" ;;
fuzz_tokenizer_json) seeds="$root/tests/golden/tokenizers" && longest=16384 ;;
fuzz_thresholds) seeds="$corpus.seeds" && mkdir -p "$seeds" && cp "$root"/tests/golden/thresholds*.json "$seeds" ;;
fuzz_tar)
    seeds="$corpus.seeds" && longest=16384 && mkdir -p "$seeds"
    (cd "$root/tests/images" && cp plain.ppm "$seeds/$(printf 'n%.0s' $(seq 150)).ppm" && ln -sf plain.ppm "$seeds/link.png" && truncate -s 100k "$seeds/hole.jpg"
        for format in ustar gnu pax; do tar --format=$format -cf "$seeds/$format.tar" plain.ppm palette.png -C "$seeds" link.png; done
        for format in gnu pax; do tar --format=$format -Scf "$seeds/holes-$format.tar" -C "$seeds" hole.jpg "$(printf 'n%.0s' $(seq 150)).ppm"; done
        gzip -kf "$seeds/gnu.tar" && rm "$seeds"/*.ppm "$seeds"/*.jpg "$seeds"/*.png) ;;
fuzz_arrow) seeds="$root/tests/arrow/streams" ;;
fuzz_memory) seeds="$corpus.seeds" && mkdir -p "$seeds" && "$build/fuzz/$name" --seeds="$seeds" ;;
*) seeds="" ;;
esac
# shellcheck disable=SC2086 # no seeds, no argument
(cd "$build" && "fuzz/$name" -max_total_time="$seconds" -max_len=$longest -rss_limit_mb=2048 -print_final_stats=1 "$corpus" $seeds 2>"$name.log") ||
    { tail -30 "$build/$name.log"; echo "$name: FAILED" >&2; exit 1; }
echo "$name: $(sed -n 's/stat::number_of_executed_units: *//p' "$build/$name.log") inputs in $seconds s, none failed"
