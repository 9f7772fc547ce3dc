"$RWDA" tokenize 'a photo of a cat' 'hello world!' 'normal object' 'anomalous object' 'a photo of a damaged metal_nut.' \
    "It's 2023, 100% OK" "\"don't\" ... WE'LL" "$(printf 'A  Photo\tof   the normal object')" \
    'a photo of a qzxvk wptrmbn normal object' ''
printf 'flawless\nperfect\nunblemished\n' | "$RWDA" tokenize -
# as Windows and macOS write them, and what ftfy repairs
printf '\357\273\277flawless\r\nperfect\r\ncafe\314\201 \342\200\234\357\254\201ne\342\200\235 \303\203\302\251\r\n\360\237\230' | "$RWDA" tokenize -
"$RWDA" tokenize 'café "fine" é' "$(printf '\357\277\275')"
printf '\377\376a\0\n\0' | "$RWDA" tokenize - 2>&1; echo "exit $?"
