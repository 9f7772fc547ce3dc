"$RWDA" tokenize 'a photo of a cat' 'hello world!' 'normal object' 'anomalous object' 'a photo of a damaged metal_nut.' \
    "It's 2023, 100% OK" "\"don't\" ... WE'LL" "$(printf 'A  Photo\tof   the normal object')" \
    'a photo of a qzxvk wptrmbn normal object' ''
printf 'flawless\nperfect\nunblemished\n' | "$RWDA" tokenize -
