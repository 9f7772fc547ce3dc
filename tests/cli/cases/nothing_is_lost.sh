# 65,535 x 65,535 in every format that can claim it, and an output folder that is missing: one sentence each, the rest is scored.
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0\x39\x67\x4e\x07\0\0\0\0IDAT' >huge.png
printf 'BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\0\0\xff\xff\0\0\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >huge.bmp
printf 'P6 65535 65535 255\n' >huge.ppm
cp "$ROOT/samples/good/wood.jpg" good.jpg
"$RWDA" score --model demo --method clip --prompts single --quiet huge.* good.jpg | grep -o '"message":.*\|"score":0' | tr -d '}'
echo "exit ${PIPESTATUS[0]}"
"$RWDA" score --model demo --method clip --quiet -o no/such/folder/scores.jsonl good.jpg 2>&1 | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[0]}"
