# Words from a file: any white space separates them, the recipe holds them, a list that cannot work is named.
printf 'bolt\r\nwasher\n\tgear  screw\n' >words.txt
"$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet --word-list words.txt -o a.safetensors --json | grep -o '"word_list":"[^"]*"'
printf 'bolt washer gear screw' >same.txt
"$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet --word-list same.txt -o b.safetensors
cmp a.safetensors b.safetensors && echo 'same words, same bytes'
printf '\357\273\277bolt\r\nwasher\r\ngear\r\nscrew\r\n' >windows.txt
"$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet --word-list windows.txt -o w.safetensors && cmp a.safetensors w.safetensors && rm w.safetensors windows.txt && echo 'the same from Windows'
"$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet -o letters.safetensors
cmp -s a.safetensors letters.safetensors || echo 'not as from letters'
"$RWDA" score --model demo --quiet --detector a.safetensors --format csv "$ROOT/samples/good/wood.jpg" | cut -d, -f1 | sed 's|.*/||'
for list in missing.txt /dev/null "$ROOT/samples/good/wood.jpg"; do
    "$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet --word-list "$list" -o c.safetensors 2>&1 | sed 's|/.*/||'
    echo "exit ${PIPESTATUS[0]}"
done
head -c 2000000 /dev/zero | tr '\0' 'a' >long.txt
"$RWDA" train --model demo --pairs 50 --epochs 1 --no-cache --quiet --word-list long.txt -o c.safetensors 2>&1
echo "exit $?"
ls
