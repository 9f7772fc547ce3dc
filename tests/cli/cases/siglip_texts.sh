# A model whose texts need its own tokenizer: embedded, trained with, scored with; the cache is that tokenizer's; without it images alone.
cp -r "$ROOT/tests/golden/siglip" m
images="$ROOT/samples/good/wood.jpg $ROOT/samples/defect"
"$RWDA" embed --model m --quiet --text m/texts.txt -o texts.npy
for threads in 1 3; do "$RWDA" embed --model m --quiet --threads $threads --text m/texts.txt -o - 2>/dev/null | cmp - texts.npy && echo "same with $threads threads"; done
"$RWDA" train --model m --pairs 100 --epochs 2 --words 1:1 --quiet -o cold.safetensors
"$RWDA" train --model m --pairs 100 --epochs 2 --words 1:1 --quiet --threads 1 -o warm.safetensors
cmp cold.safetensors warm.safetensors && echo 'same from the cache'
ls "$XDG_CACHE_HOME/rwda" | grep -c '^text-'
for method in fnn lda clip winclip; do "$RWDA" score --model m -d cold.safetensors --method $method --quiet --format csv $images | wc -l; done
"$RWDA" score --model m --method clip --map maps --quiet --format csv $images | wc -l
printf '{"pad_token": "<unk>"}' >m/tokenizer_config.json
"$RWDA" embed --model m --quiet --text m/texts.txt -o - 2>/dev/null | cmp -s - texts.npy || echo 'other pads, other embeddings'
"$RWDA" train --model m --pairs 100 --epochs 2 --words 1:1 --quiet -o other.safetensors
cmp -s cold.safetensors other.safetensors || echo 'and another detector'
rm m/tokenizer.json
"$RWDA" embed --model m --quiet --text m/texts.txt -o none.npy 2>&1
"$RWDA" embed --model m --quiet "$ROOT/samples/good/wood.jpg" -o images.npy && echo 'images are embedded'
