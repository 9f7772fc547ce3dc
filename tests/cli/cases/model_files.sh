# What is said of a model's files: tokenizers that are missing, weights in parts, towers alone, revisions, and what this version does not read.
export HF_HUB_CACHE="$PWD/cache"
A=0123456789abcdef0123456789abcdef01234567 B=1123456789abcdef0123456789abcdef01234567
siglip="$ROOT/tests/golden/siglip"
try() { "$RWDA" "$@" 2>&1 | sed -E "s#$ROOT#ROOT#g; s#$PWD#HERE#g; s#[0-9a-f]{64}#HASH#g"; echo "exit ${PIPESTATUS[0]}"; }

echo '# a tokenizer that is missing or broken'
for broken in mute empty; do cp -r "$siglip" $broken; done
rm mute/tokenizer.json && echo '{}' >empty/tokenizer.json
try model verify "$siglip"
for model in mute empty; do
    try model verify $model
    try model verify $model --json --quiet
    "$RWDA" model info $model | grep -E '^(tokenizer|no_texts)'
done
for model in "$siglip" "$ROOT/tests/model"; do "$RWDA" model info "$model" | grep -E '^(tokenizer|no_texts)' | sed -E 's/[0-9a-f]{64}/HASH/'; done

echo '# weights in parts: the digest of their list'
python3 - "$siglip" <<'PY'
import json, os, shutil, struct, sys
os.mkdir("parts")
data = open(sys.argv[1] + "/model.safetensors", "rb").read()
size, = struct.unpack("<Q", data[:8])
header = json.loads(data[8:8 + size])
where = {}
for part, tower in (("model-00001-of-00002.safetensors", "text_model."), ("model-00002-of-00002.safetensors", "")):
    made, body = {}, b""
    for key, entry in header.items():
        if key != "__metadata__" and key not in where and key.startswith(tower):
            begin, end = entry["data_offsets"]
            made[key] = dict(entry, data_offsets=[len(body), len(body) + end - begin])
            body += data[8 + size + begin:8 + size + end]
            where[key] = part
    text = json.dumps(made).encode()
    open("parts/" + part, "wb").write(struct.pack("<Q", len(text)) + text + body)
json.dump({"metadata": {}, "weight_map": where}, open("parts/model.safetensors.index.json", "w"))
for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
    shutil.copy(sys.argv[1] + "/" + name, "parts")
PY
try model verify parts
try model verify parts --sha256 "$(sha256sum <parts/model.safetensors.index.json | cut -d' ' -f1)"
try model verify parts --sha256 "$(cd parts && sha256sum model-*.safetensors | sha256sum | cut -d' ' -f1)"
try model verify parts --json
"$RWDA" model info parts | grep '^sha256_of'

echo '# what the cache holds'
mkdir resnet naflex vision
echo '{"model_cfg": {"embed_dim": 1024, "vision_cfg": {"image_size": 224, "layers": [3, 4, 6, 3], "width": 64}, "text_cfg": {}}}' >resnet/open_clip_config.json
echo x >resnet/open_clip_model.safetensors
echo '{"model_type": "siglip2"}' >naflex/config.json && echo x >naflex/model.safetensors
echo '{"model_type": "clip_vision_model"}' >vision/config.json && echo x >vision/model.safetensors
put() { mkdir -p "cache/models--$1/snapshots/$2" && cp "$3"/*.json "$3"/*.safetensors "cache/models--$1/snapshots/$2"; }
put org--vision $A vision
put org--resnet $A resnet
put org--naflex $A naflex
put org--parts $A parts && put org--parts $B parts && mkdir -p cache/models--org--parts/refs/pr && printf $A >cache/models--org--parts/refs/main &&
    printf $B >cache/models--org--parts/refs/pr/1
put timm--PE-Core-B-16 $A parts && put timm--PE-Core-B-16 $B parts && mkdir cache/models--timm--PE-Core-B-16/refs && printf $A >cache/models--timm--PE-Core-B-16/refs/main
try model ls | grep -E '^(org|timm| )|PE-Core-B-16 |worldwide |exit'
"$RWDA" model ls --json | python3 -c '
import json, sys
for m in json.load(sys.stdin):
    if m["name"].startswith(("org", "timm", "ViT-H-14-w")):
        print(m["name"], m["read"], m.get("refusal"), m.get("licence"), m.get("bytes"))'
try model path timm/PE-Core-B-16@$B
