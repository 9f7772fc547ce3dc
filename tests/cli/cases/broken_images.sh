# Good and broken images in one run: nothing is lost, each failure has a record, the exit code says so.
: >empty.png
head -c 5000 "$ROOT/samples/good/grid.jpg" >truncated.jpg
echo 'this is a shopping list' >text.jpg
printf 'P5\n65535 65535\n255\n' >huge.pgm
cp "$ROOT/samples/good/wood.jpg" good.jpg
"$RWDA" score --model demo --method clip --prompts single --quiet empty.png truncated.jpg text.jpg huge.pgm missing.png good.jpg |
    sed -E 's/"score":[0-9.e-]+/"score":S/; s/.*("path":"[a-z.]+").*("code":"[A-Z_]+").*/\1 \2/; s/.*("path":"[a-z.]+").*("score":S).*/\1 \2/'
exit "${PIPESTATUS[0]}"
