# Counts of one: "1 image", not "1 images".
said() { "$RWDA" "$@" 2>&1 >/dev/null | grep -v '^rwda: model' | sed 's/^rwda: //; s/[0-9.]* images\/s/N images\/s/; s/[0-9.]* MB/N MB/; s/from 0[0-9.]*/from N/'; }
mkdir one && cp "$ROOT/samples/good/wood.jpg" one && echo note >one/note.txt
said score --method clip one
said map --method clip -o maps one
said remember one -o m.safetensors
said score --normal one one | head -1
"$RWDA" score --method clip --quiet one >scores.jsonl
said report scores.jsonl --maps maps -o report.html
said calibrate --method clip one -o t.json
said score --method clip --shard 0/1 -o parts one
said merge parts -o all.jsonl
"$RWDA" status parts
