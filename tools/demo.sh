#!/bin/sh
# demo.sh PROGRAM FOLDER - what does rwda do, in one minute?
# Trains a detector from random words with the shipped model, scores the sample pictures, draws an overview.
set -eu
program=$1
out=$2
mkdir -p "$out"

echo "1. A detector from 10,000 pairs of sentences with random words, no picture seen:"
"$program" train --model models/demo --preset best -o "$out/detector.safetensors" --force

echo
echo "2. Pictures of objects the model was never shown, good ones and defective ones (higher is more anomalous):"
"$program" score --model models/demo --detector "$out/detector.safetensors" --crops 2x2 --pool logit \
    --format jsonl -o "$out/scores.jsonl" --overview "$out/overview.png" --map "$out/maps" --force samples
"$program" score --model models/demo --detector "$out/detector.safetensors" --crops 2x2 --pool logit --format table --quiet samples
"$program" report "$out/scores.jsonl" --maps "$out/maps" -o "$out/report.html" --force --quiet

echo
echo "Made:"
ls -1 "$out/detector.safetensors" "$out/scores.jsonl" "$out/overview.png" "$out/report.html"
echo "Open $out/overview.png to see the pictures with their scores, $out/report.html to see where in them."
