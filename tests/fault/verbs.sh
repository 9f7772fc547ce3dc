#!/bin/bash
# verbs.sh PROGRAM PRELOAD [STEP [VERB...]] - what does each verb say when one allocation fails?
#
# PRELOAD (fail_allocation.c) lets allocation 1, 1 + STEP, 1 + 2 STEP, ... of the program fail, one a run.  A run may end well, with the output of
# a run where none fails, or with an exit code and a message; never by a signal, never with output that is missing or cut.  STEP 1 is the
# whole (`make faults`).
set -u
unset CDPATH
program=$(realpath "$1") preload=$(realpath "$2") step=${3:-1}
shift 2
[ $# -eq 0 ] || shift
samples=$(cd "$(dirname "$0")/../images" && pwd)
work=$(mktemp -d) || exit 9
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 9
export HOME="$work" LC_ALL=C RWDA_THREADS=1
unset XDG_CACHE_HOME

for part in train/good test/good test/bad; do
    mkdir -p "set/thing/$part"
    for i in 1 2 3; do cp "$samples/q95.jpg" "set/thing/$part/$i.jpg"; done
done
for i in 1 2 3; do cp "$samples/rgb.png" "set/thing/test/bad/$i.png"; rm "set/thing/test/bad/$i.jpg"; done
mkdir images
cp "$samples"/{q95.jpg,progressive.jpg,rgb.png,rgb.bmp,rgb.ppm} images/ # no WebP, no TIFF: libwebp 1.2.4 and libtiff 4.5.0 each do not check one allocation of theirs
echo '{"weather":"fair"}' >images/q95.json && tar --sort=name -cf images.tar images && rm images/q95.json
printf '{"path":"images/q95.jpg","id":[1]}\n{"image":"%s","label":"good"}\n' "$(base64 -w0 "$samples/rgb.png")" >lines
"$program" train --pairs 64 --epochs 1 --hidden 8 -o detector.safetensors >/dev/null 2>&1 || exit 9

archives=score-tar # where the build reads them
"$program" score --method clip images.tar 2>&1 | grep -q RWDA_TAR && archives=""

command_of() {
    case $1 in
    score) echo "score --method both -d detector.safetensors --object nut images" ;;
    score-cold) echo "score --method clip --no-cache images/q95.jpg images/rgb.png" ;;
    score-csv) echo "score --method clip --format csv -o out/scores.csv images" ;;
    score-lines) echo "score --method clip --lines json" ;;
    score-tar) echo "score --method clip images.tar" ;;
    map) echo "map --object nut -o out/maps images/q95.jpg images/rgb.png" ;;
    report) echo "report --method clip -o out/report.html images" ;;
    eval) echo "eval --data set --method clip,fnn -d detector.safetensors --format json -o out/eval" ;;
    train) echo "train --pairs 64 --epochs 1 --hidden 8 --no-cache --json -o out/detector.safetensors" ;;
    remember) echo "remember -o out/memory.safetensors set/thing/train/good" ;;
    calibrate) echo "calibrate -d detector.safetensors -o out/thresholds.json images" ;;
    *) echo "verbs.sh: no verb $1" >&2; exit 2 ;;
    esac
}

times='s/"ms":\{[^}]*\}//g; s/"(seconds|created|date|time)":[^,}]*//g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]*//g' # they vary
sum_of_output() {
    { find out -type f ! -path '*/embeddings/*' | sort | tee names | xargs -d '\n' sed -E -e "$times" stdout; cat names; } | sha256sum
}
run() { # fails at allocation $1
    rm -rf out
    mkdir out
    # shellcheck disable=SC2086
    timeout 60 env RWDA_FAIL_AT="$1" LD_PRELOAD="$preload" "$program" $command <lines >stdout 2>stderr
}

bad=0
complain() { # allocation, what
    echo "$verb, allocation $1: $2: $(head -c 200 stderr)"
    bad=$((bad + 1))
}
# shellcheck disable=SC2086 # nothing, or one
[ $# -gt 0 ] || set -- score score-cold score-csv score-lines $archives map report eval train remember calibrate
for verb in "$@"; do
    command=$(command_of "$verb") || exit 2
    run 0 || { echo "$verb: exit code $? without a fault: $(cat stderr)"; exit 1; }
    run 0
    whole=$(sum_of_output)
    rm -f count
    RWDA_FAIL_COUNT=$work/count run 0
    n=$(cat count)
    [ "$whole" = "$(sum_of_output)" ] || { echo "$verb: its output varies"; exit 1; }
    well=0 failed=0
    for ((i = 1; i <= n; i += step)); do
        run "$i" 2>/dev/null
        code=$?
        if [ "$code" -ge 124 ]; then
            complain "$i" "ended by signal or time, $code"
        elif [ "$code" -eq 0 ]; then
            well=$((well + 1))
            [ "$whole" = "$(sum_of_output)" ] || complain "$i" 'exit code 0 and other output'
        else
            failed=$((failed + 1))
            [ -s stderr ] || complain "$i" "exit code $code without a message"
            case $verb in score | score-cold | score-lines | score-tar | map) ! grep -qv '^{.*}$' stdout || complain "$i" 'a line is cut' ;; esac
        fi
    done
    echo "$verb: $n allocations, every $step: $well runs ended well, $failed with a message"
done
echo "$bad faults"
[ "$bad" -eq 0 ]
