#!/bin/sh
# demo.sh PROGRAM FOLDER - what does rwda do, in one minute?
# Trains a detector from random words with the shipped model, scores the sample images, draws a contact sheet; then remembers six normal
# images of one object and scores new ones by words and by that memory, with a threshold from the six.
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
echo "3. Six normal boards remembered, and new ones: scored by words, and by distance to the six with a threshold from them:"
"$program" remember --model models/demo samples_wood/normal -o "$out/memory.safetensors" --force --quiet
"$program" calibrate --model models/demo --memory "$out/memory.safetensors" -o "$out/thresholds.json" --force --quiet 2>/dev/null
"$program" score --model models/demo --detector "$out/detector.safetensors" --crops 2x2 --pool logit --format table --quiet \
    samples_wood/new >"$out/words.txt"
"$program" score --model models/demo --memory "$out/memory.safetensors" --threshold "$out/thresholds.json" --map "$out/maps_wood" \
    --format table --quiet --force -o "$out/memory.txt" samples_wood/new
awk 'BEGIN { print "   words   memory" } NR == FNR { words[$2] = $1; next } { printf "  %s  %s  %s  %s\n", words[$2], $1, $2, $3 }' \
    "$out/words.txt" "$out/memory.txt"

echo
echo "Made:"
ls -1 "$out/detector.safetensors" "$out/scores.jsonl" "$out/contact_sheet.png" "$out/report.html" "$out/memory.safetensors" \
    "$out/thresholds.json" "$out"/maps_wood/*.overlay.png
echo "Open $out/contact_sheet.png to see the images with their scores, $out/report.html to see where in them."
echo "Next, with a few normal images of your own: rwda remember NORMAL/ -o memory.safetensors && rwda score --memory memory.safetensors NEW/"
