# .npy files with the shapes promised; standard output; the same bytes from a file, a list and any number of threads.
shape() { head -c 128 "$1" | tr -d '\0' | grep -ao "{.*}"; }
printf 'a photo of a cat\n\nthird line without end' >texts.txt
"$RWDA" embed --model demo --quiet --text texts.txt -o texts.npy && shape texts.npy
"$RWDA" embed --model demo --quiet --text - -o - <texts.txt | cmp - texts.npy && echo 'same through pipes'
# a byte-order mark and ends of line of Windows change nothing, a NUL neither; what is cut is said
printf '\357\273\277a photo\0 of a cat\r\n\r\nthird line without end' >windows.txt
"$RWDA" embed --model demo --quiet --text windows.txt -o - | cmp - texts.npy && echo 'same from Windows'
printf '\377\376a\0\n\0' >utf16.txt
"$RWDA" embed --model demo --quiet --text utf16.txt -o utf16.npy 2>&1; echo "exit $?"; ls utf16.npy 2>&1
{ echo 'a dog'; yes dog | head -90 | tr '\n' ' '; echo; yes cat | head -76 | tr '\n' ' '; echo; } >long.txt
"$RWDA" embed --model demo --quiet --text long.txt -o long.npy 2>&1 && shape long.npy
"$RWDA" score --model demo --method clip --quiet --object "$(seq -s '' 99)" "$ROOT/samples/good/wood.jpg" 2>&1 | sed 's/"[^"]*"/"..."/'
"$RWDA" embed --model demo --quiet "$ROOT/samples/good" -o good.npy && shape good.npy
ls "$ROOT"/samples/good/*.jpg | "$RWDA" embed --model demo --quiet --threads 3 --batch 2 -o list.npy - && cmp good.npy list.npy && echo 'same from a list'
"$RWDA" embed --model demo --quiet --crops 5 "$ROOT/samples/good/wood.jpg" -o crops.npy && shape crops.npy
"$RWDA" embed --model demo --quiet --image-size 160 "$ROOT/samples/good/wood.jpg" -o bigger.npy && shape bigger.npy
"$RWDA" preprocess --model demo --quiet --crops 2x2 "$ROOT/samples/good/wood.jpg" -o pixels.npy && shape pixels.npy
"$RWDA" embed --model demo --quiet "$ROOT/samples/good" -o good.npy 2>&1 | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[0]}"
"$RWDA" embed --model demo --quiet "$ROOT/samples/good/wood.jpg" missing.png -o some.npy 2>&1 | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[0]}"; ls some.npy 2>&1
