# A verb, an option or a folder in the wrong place: what was meant?
ask() { "$RWDA" "$@" 2>&1 | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
mkdir images
cp "$ROOT/samples/good/wood.jpg" notes.jpg
echo notes >notes
for verb in clibrate evla xyz images/ notes.jpg notes; do ask "$verb"; done
ask eval --methods fnn
ask score --treshold=0.5
ask score --memroy m
ask calibrate --rate .1
ask serve --port 80
ask score --port 80
ask score --file x
ask score --quiet=3
