# One tower of a SigLIP, as transformers saves it: what it can do, it does as the whole model; what needs the other one is refused.
python3 - "$ROOT/tests/golden/siglip" <<'PY'
import json, os, shutil, struct, sys
data = open(sys.argv[1] + "/model.safetensors", "rb").read()
size, = struct.unpack("<Q", data[:8])
header = json.loads(data[8:8 + size])
config = json.load(open(sys.argv[1] + "/config.json"))
for name in ("vision", "text"):
    os.mkdir(name)
    made, body = {}, b""
    for key, entry in header.items():
        if key.startswith(name + "_model."):
            begin, end = entry["data_offsets"]
            made[key] = dict(entry, data_offsets=[len(body), len(body) + end - begin])
            body += data[8 + size + begin:8 + size + end]
    text = json.dumps(made).encode()
    open(name + "/model.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + body)
    json.dump(dict(config[name + "_config"], model_type=f"siglip_{name}_model"), open(name + "/config.json", "w"))
for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
    if os.path.exists(sys.argv[1] + "/" + name):
        shutil.copy(sys.argv[1] + "/" + name, "vision" if name.startswith("pre") else "text")
PY
mkdir -p data/thing/test && cp -r "$ROOT/samples/good" "$ROOT/samples/defect" data/thing/test
image="$ROOT/samples/good/wood.jpg" defects="$ROOT/samples/defect"
whole="$ROOT/tests/golden/siglip"
"$RWDA" model info vision | grep -E 'tower_alone|layers|logit_scale|context'
"$RWDA" model info text --json | grep -o '"tower_alone":"[a-z]*"'
"$RWDA" model verify vision | sed 's/sha256:[0-9a-f]*/sha256/'
"$RWDA" model verify text | sed 's/sha256:[0-9a-f]*/sha256/'
"$RWDA" embed --model "$whole" --quiet "$image" -o whole.npy
"$RWDA" embed --model vision --quiet "$image" -o alone.npy && cmp whole.npy alone.npy && echo 'images are embedded the same'
"$RWDA" embed --model "$whole" --quiet --text "$whole/texts.txt" -o whole.npy --force
"$RWDA" embed --model text --quiet --text "$whole/texts.txt" -o alone.npy --force && cmp whole.npy alone.npy && echo 'texts are embedded the same'
"$RWDA" remember --model vision --quiet "$ROOT/samples/good" -o memory.safetensors && echo 'a memory is made'
"$RWDA" score --model vision --memory memory.safetensors --quiet --format csv "$image" | wc -l
"$RWDA" score --model vision --mutual --quiet --format csv "$ROOT/samples/good" | wc -l
"$RWDA" train --model text --pairs 100 --epochs 2 --words 1:1 --quiet -o detector.safetensors && echo 'a detector is trained'
for arguments in "embed --model vision --text $whole/texts.txt -o no.npy" "train --model vision -o no.safetensors" "score --model vision --method clip $image" \
    "score --model vision $image" "embed --model text $image -o no.npy" "remember --model text $image -o no.safetensors" "preprocess --model text $image -o no.npy" \
    "score --model text -d detector.safetensors $image" "score --model text --method clip $image" "score --model text --method winclip $image" \
    "map --model text -o no $image" "map --model vision -o no $image" "serve --model text --listen 127.0.0.1:0" "eval --model text --data data" \
    "experiment crops --model text --data data -o no"; do
    # shellcheck disable=SC2086 # several arguments
    "$RWDA" $arguments --quiet 2>&1
    echo "exit code $?"
done
echo '# nothing is announced that cannot be done'
"$RWDA" score --model vision "$image" 2>&1
echo '# a study has a line for each'
"$RWDA" experiment models --model "text, $ROOT/tests/model" --data data --seeds 1 --pairs 20 --limit 2 --quiet -o study >/dev/null
echo "exit code $?"
cut -d, -f1,2,17- study/models.csv
echo '# what is there is tested'
for model in vision text "$whole"; do
    "$RWDA" doctor --model "$model" | sed -nE 's/^(ok|FAILED) +([a-z]+):.*/\1 \2/p; /^(skipped|all)/p' | grep -Ev "avx|neon"
    "$RWDA" doctor --model "$model" --json | grep -oE '"(skipped":\[.*|detail":"3 of 3 [^"]*")'
done
