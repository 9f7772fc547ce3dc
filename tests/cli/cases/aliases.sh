# The names that options had before go on working, the help shows the new ones alone.
p=$ROOT/samples/good/wood.jpg
map() { "$RWDA" map --model demo --quiet --write npy "$p" "$@" >/dev/null; }
map --mode crops -o new && map --kind crops -o old && diff -r new old && echo 'map: the same'
score() { "$RWDA" score --model demo --method winclip --quiet "$p" "$@" >/dev/null; }
score --contact-sheet new.png --map new-maps --map-mode crops && score --overview old.png --map old-maps --map-kind crops
cmp new.png old.png && diff -r new-maps old-maps && echo 'score: the same'
"$RWDA" serve --model demo --max-pictures 0 2>&1
"$RWDA" map --kind heat -o old "$p" 2>&1
for verb in map score serve; do "$RWDA" $verb --help | grep -owE -- '--(map-)?(mode|kind)|--contact-sheet|--overview|--max-(images|pictures)' | sort -u; done
