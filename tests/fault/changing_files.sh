#!/bin/bash
# changing_files.sh PROGRAM [ROUNDS] - does a checkpoint or cache that changes while it is used give the right score or an error?
#
# ROUNDS times each (200: `make faults`): the weights file or the cached weights are truncated, overwritten or one bit of them is flipped, at a
# random moment of `score`, and under a service that has them open.  Never a signal, never another score.
set -u
unset CDPATH
program=$(realpath "$1") rounds=${2:-200}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 9
server=
trap '[ -z "$server" ] || kill -KILL "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 9
export HOME="$work" LC_ALL=C RWDA_THREADS=1
RANDOM=1
image=$root/samples/good/wood.jpg
cp -r "$root/tests/model" pristine
cp -r pristine model
"$program" train --model model --cache cache --pairs 64 --epochs 1 --hidden 8 -o detector.safetensors >/dev/null 2>&1 || exit 9
score() { "$program" score --model model --cache cache -d detector.safetensors "$@" "$image" 2>stderr; }
number() { sed -E 's/.*"score":([^,]*),.*/\1/'; }
right=$(score | number)
[ -n "$right" ] && [ "$(score | number)" = "$right" ] || { echo "no score to begin with"; exit 9; }
cp -r cache warm
begun=$(date +%s%N)
score --no-cache >/dev/null
longest=$((($(date +%s%N) - begun) / 500000 % 10000 + 1)) # ms, twice as long as a run: damage comes at any moment of it, and after what it reads

damage() { # how, file
    local size at byte
    size=$(stat -c %s "$2") || return
    [ "$size" -gt 0 ] || return
    at=$(((RANDOM * 32768 + RANDOM) % size))
    case $1 in
    truncated) truncate -s "$at" "$2" ;;
    overwritten) head -c 65536 /dev/urandom | dd of="$2" bs=65536 seek=$((at / 65536)) conv=notrunc status=none ;;
    flipped)
        byte=$(od -An -tu1 -j"$at" -N1 "$2")
        # shellcheck disable=SC2059
        printf "\\x$(printf %x $((byte ^ (1 << (RANDOM % 8)))))" | dd of="$2" bs=1 seek="$at" conv=notrunc status=none ;;
    esac
}
restore() { # new files, as an installation would make them
    rm -rf model cache
    cp -r pristine model
    [ "$1" = cold ] || cp -r warm cache
}
victim() { # which: the weights, or a file of the cache
    if [ "$1" = weights ]; then echo model/open_clip_model.safetensors; else find cache -name '*.packed' | sort | sed -n "$((1 + RANDOM % 2))p"; fi
}

bad=0
complain() {
    echo "$1"
    bad=$((bad + 1))
}
for what in weights cache; do
    for how in truncated overwritten flipped; do
        same=0 refused=0
        for ((i = 0; i < rounds; i++)); do
            if [ "$what" = weights ]; then restore cold; else restore warm; fi
            if [ "$what" = cache ]; then # the copies are the cache of another file: make them this one's
                score >/dev/null
            fi
            score >stdout &
            pid=$!
            delay=$((RANDOM % longest))
            sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
            damage $how "$(victim $what)" 2>/dev/null
            wait $pid
            code=$?
            if [ $code -eq 0 ] && [ "$(number <stdout)" = "$right" ]; then
                same=$((same + 1))
            elif [ $code -gt 0 ] && [ $code -lt 128 ] && [ -s stderr ]; then
                refused=$((refused + 1))
            else
                complain "score, $what $how, round $i: exit code $code, score '$(number <stdout)' for $right"
            fi
            [ -d cache ] || continue
            # what was left behind, damaged, must not give another score either
            now=$(score | number)
            [ -z "$now" ] || [ "$now" = "$right" ] || complain "score after $what $how, round $i: $now for $right"
        done
        echo "score, $what $how: $same right scores, $refused errors"
    done
done

restore cold
score >/dev/null
"$program" serve --model model --cache cache -d detector.safetensors -l 127.0.0.1:0 2>log &
server=$!
for _ in $(seq 600); do
    url=$(sed -n 's/.*"listening","url":"\([^"]*\)".*/\1/p' log)
    [ -z "$url" ] || break
    sleep 0.05
done
[ "$(curl -s -m 60 --data-binary @"$image" "$url/v1/score" | number)" = "$right" ] || complain 'serve: another score to begin with'
mkdir saved && cp -r model cache saved/
for what in weights cache; do
    for how in truncated overwritten flipped; do
        for ((i = 0; i < rounds; i++)); do
            file=$(victim $what)
            [ "$(stat -c %s "$file")" -gt 100000 ] || cat "saved/$file" >"$file"
            damage $how "$file" 2>/dev/null
            now=$(curl -s -m 60 --data-binary @"$image" "$url/v1/score" | number)
            [ "$now" = "$right" ] || complain "serve, $what $how, round $i: '$now' for $right"
            kill -0 "$server" 2>/dev/null || { complain 'the service has ended'; break 3; }
        done
        echo "serve, $what $how: $i rounds"
    done
done
kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; server=
echo "$bad faults"
[ "$bad" -eq 0 ]
