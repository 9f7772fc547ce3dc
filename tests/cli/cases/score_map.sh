# WinCLIP's score needs no detector and is CLIP's ensemble over the squashed image; score --map writes maps beside the records.
p="$ROOT/samples/good/wood.jpg"
score() { "$RWDA" score --model demo --quiet "$@" "$p"; }
field() { sed -E 's/.*"'"$1"'":([^,}]*).*/\1/'; }
[ "$(score --method winclip | field score)" = "$(score --method clip --resize squash | field score)" ] && echo same score
[ "$(score --method winclip --prompts single | field score)" = "$(score --method winclip | field score)" ] && echo always the ensemble
[ "$(score --method winclip --object pcb1 --names clean | field score)" = "$(score --method winclip --object pcb | field score)" ] && echo clean name
[ "$(score --method winclip --object pcb1 | field score)" = "$(score --method winclip --object pcb | field score)" ] || echo a name counts
score --method winclip --map maps --map-mode patches --map-threshold 0.05 | grep -oE '"map":\{"kind":"patches"|"files":.*\}\}?,"detector"'
find maps -type f | sort
"$RWDA" map --model demo --mode patches --write npy --quiet -o other "$p" >/dev/null
cmp maps/wood.jpg.map.npy other/wood.jpg.map.npy && echo same map
score --method clip --map maps 2>&1 >/dev/null | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"
score --method clip --map-mode crops; echo "exit $?"
