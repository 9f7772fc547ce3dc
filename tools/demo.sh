#!/bin/sh
# demo.sh PROGRAM FOLDER - what does rwda do, in one minute?
# Trains a detector from random words with the shipped model, scores the sample images, draws a contact sheet.
set -eu
program=$1
out=$2
mkdir -p "$out"

echo "1. A detector from 10,000 pairs of sentences with random words, no image seen:"
"$program" train --model models/demo --preset best -o "$out/detector.safetensors" --force

echo
echo "2. Images of objects the model was never shown, good ones and defective ones (higher is more anomalous):"
"$program" score --model models/demo --detector "$out/detector.safetensors" --crops 2x2 --pool logit \
    --format jsonl -o "$out/scores.jsonl" --contact-sheet "$out/contact_sheet.png" --map "$out/maps" --force samples
"$program" score --model models/demo --detector "$out/detector.safetensors" --crops 2x2 --pool logit --format table --quiet samples
"$program" report "$out/scores.jsonl" --maps "$out/maps" -o "$out/report.html" --force --quiet

echo
echo "Made:"
ls -1 "$out/detector.safetensors" "$out/scores.jsonl" "$out/contact_sheet.png" "$out/report.html"
echo "Open $out/contact_sheet.png to see the images with their scores, $out/report.html to see where in them."
