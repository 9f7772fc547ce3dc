# Scores with nothing set up: the shipped model's detector comes with the program; another model's is trained once, kept, and found again.
images="$ROOT/samples/good/wood.jpg $ROOT/samples/defect/*.jpg"
detector() { grep -o '"detector":"sha256:[0-9a-f]*' | sort -u; }
"$RWDA" score $images 2>err | detector >shipped
grep -c 'is trained' err
[ "$(cut -d: -f3 shipped)" = "$(sha256sum <"$ROOT/tests/model/detector.safetensors" | cut -d' ' -f1)" ] && echo "the shipped one"
mkdir other && cp "$ROOT/tests/model/open_clip_config.json" other/ && ln -s "$ROOT/tests/model/open_clip_model.safetensors" other/
"$RWDA" score --model other $images 2>err | detector >first
grep -o 'no detector was given: one is trained for this model now.*' err
"$RWDA" score --model other $images 2>err | detector >second
grep -c 'is trained' err
cmp first second && wc -l <first
"$RWDA" train --model other --quiet -o d.safetensors
"$RWDA" score --model other -d d.safetensors $images 2>err | detector >trained
cmp first trained && echo "the one that 'rwda train' makes"
ls "$XDG_CACHE_HOME/rwda/detectors" | sed -E 's/^[0-9a-f]{64}-paper-f32-[a-z0-9]+-[0-9]+\.[0-9]+\.[0-9]+/NAME/'
for file in "$XDG_CACHE_HOME"/rwda/detectors/*; do head -c 1000 "$file" >x && mv x "$file"; done # damaged: made again
"$RWDA" score --model other $images 2>/dev/null | detector | cmp - first && echo "made again"
"$RWDA" score --model other --method clip $images 2>err >/dev/null
grep -c 'is trained' err || true
