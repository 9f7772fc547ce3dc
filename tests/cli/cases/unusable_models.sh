# Model and detector files that cannot be used: one sentence, exit code 4.
try() {
    "$RWDA" "$@" 2>&1 >/dev/null |
        sed -E 's#'"$ROOT"'/##; s/[0-9a-f]{64}/HASH/g; s/ [0-9]{3,}/ N/g; s/tensor "[^"]+"/tensor "..."/; s/\[[0-9N, ]+\]/[...]/g; s/^rwda: //'
    echo "exit ${PIPESTATUS[0]}"
}
demo=$ROOT/tests/model
mkdir truncated pickle bare nothing && : >other_file
cp "$demo/open_clip_config.json" truncated/ && head -c 100000 "$demo/open_clip_model.safetensors" >truncated/open_clip_model.safetensors
cp "$demo/open_clip_config.json" pickle/ && : >pickle/open_clip_pytorch_model.bin
cp "$demo/open_clip_model.safetensors" bare/
weights=$demo/open_clip_model.safetensors
mkdir disagrees nan empty shopping
sed -E 's/("embed_dim": *)[0-9]+/\17/' "$demo/open_clip_config.json" >disagrees/open_clip_config.json && cp "$weights" disagrees/
cp "$demo/open_clip_config.json" nan/ && { head -c -2 "$weights" && printf '\0\x7e'; } >nan/open_clip_model.safetensors # F16's NaN
cp "$demo/open_clip_config.json" empty/ && : >empty/open_clip_model.safetensors
cp "$demo/open_clip_config.json" shopping/ && echo 'milk, bread, a cup of tea' >shopping/open_clip_model.safetensors
try model info truncated
try model info disagrees
try model info nan
try model info empty
try model info shopping
try model info pickle
try model info bare
try model info nothing/at/all
try model info other_file
"$RWDA" train --model demo --pairs 50 --epochs 1 --hidden 4 --no-cache --quiet -o d.safetensors
mkdir other && cp "$demo"/open_clip_config.json other/ && sed 's/"step":"[0-9]/"step":"9/' "$demo/open_clip_model.safetensors" >other/open_clip_model.safetensors
try score --model other -d d.safetensors "$ROOT/samples/good/wood.jpg"
head -c 300 d.safetensors >cut.safetensors
try score --model demo -d cut.safetensors "$ROOT/samples/good/wood.jpg"
try score --model demo -d "$ROOT/samples/good/wood.jpg" "$ROOT/samples/good/wood.jpg"
