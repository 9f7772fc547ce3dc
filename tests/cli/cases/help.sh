# Every verb explains itself, examples first; the program and its version answer on standard output.
"$RWDA" --version | head -1 | sed -E 's/ .*//'
for verb in train score watch map calibrate report eval experiment embed tokenize preprocess data metrics model doctor; do
    "$RWDA" "$verb" --help >text || echo "$verb: exit $?"
    head -1 text
    grep -c -- "rwda $verb" text | sed 's/^[1-9].*/has examples/'
done
"$RWDA" >text
echo "without a verb: exit $?, $(wc -c <text | sed 's/^[1-9].*/some bytes/') on standard output"
