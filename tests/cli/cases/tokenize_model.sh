export HF_HUB_CACHE="$PWD/cache"
mkdir siglip siglip/open siglip/hf siglip/lacks siglip/none siglip/clip siglip/coca
cp "$ROOT/tests/golden/tokenizers/unigram.json" siglip/open/tokenizer.json
cp "$ROOT/tests/golden/tokenizers/byte_fallback.json" siglip/hf/tokenizer.json
cat >siglip/open/open_clip_config.json <<'JSON'
{"model_cfg": {"text_cfg": {"context_length": 12, "hf_tokenizer_name": "x", "tokenizer_kwargs": {"clean": "canonicalize"}}}}
JSON
echo '{"model_type": "siglip2", "text_config": {"max_position_embeddings": 10}}' >siglip/hf/config.json
echo '{"pad_token": "<pad>", "padding_side": "left", "model_max_length": 1000000000000000019884624838656}' >siglip/hf/tokenizer_config.json
echo '# a tokenizer.json by itself: its own cut and padding'
"$RWDA" tokenize --model siglip/hf/tokenizer.json 'A photo' 'a photo of the normal metal nut with scratches'
echo '# in a directory of OpenCLIP: cleaned, cut, padded'
"$RWDA" tokenize --model siglip/open 'A_photo, of  the NUT!' 'a photo of the normal metal nut'
echo '# in one of Hugging Face'
"$RWDA" tokenize --model siglip/hf 'A photo' 'a photo of the normal metal nut with scratches'
"$RWDA" tokenize --model siglip/hf --context 4 'A photo'
echo '# CLIP has its own'
echo '{"model_cfg": {"text_cfg": {"context_length": 5}}}' >siglip/clip/open_clip_config.json
"$RWDA" tokenize --model siglip/clip 'a photo of a cat'
echo '# the variable stands for the option, which comes first'
RWDA_MODEL=siglip/open "$RWDA" tokenize 'A_photo, of  the NUT!'
RWDA_MODEL=siglip/open "$RWDA" tokenize --model siglip/clip 'a photo of a cat'
echo '# what is not there'
"$RWDA" tokenize --model PE-Core-B-16 x
echo "exit $?"
"$RWDA" tokenize --model nosuch x
echo "exit $?"
RWDA_MODEL=org/name "$RWDA" tokenize x
echo "exit $?"
"$RWDA" tokenize --model siglip/none x
cp siglip/open/open_clip_config.json siglip/lacks
"$RWDA" tokenize --model siglip/lacks x
echo '{"model_type": "coca"}' >siglip/coca/config.json
"$RWDA" tokenize --model siglip/coca x
echo '{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "x", "tokenizer_kwargs": {"strip_sep_token": true}}}}' >siglip/lacks/open_clip_config.json
"$RWDA" tokenize --model siglip/lacks x
sed 's/"Unigram"/"WordPiece"/' siglip/open/tokenizer.json >wordpiece.json
"$RWDA" tokenize --model wordpiece.json x
