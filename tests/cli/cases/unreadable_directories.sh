# Directories that cannot be read, lie in a circle or hold no image are named; the other images are scored all the same.
mkdir closed empty images images/deeper
cp "$ROOT/samples/good/wood.jpg" images/a.jpg && cp "$ROOT/samples/good/grid.jpg" images/deeper/b.JPG && echo text >images/notes.txt
ln -s loop loop
ln -s .. images/deeper/up
chmod 000 closed
as=""
[ "$(id -u)" -ne 0 ] || as="setpriv --bounding-set=-dac_override,-dac_read_search" # root obeys permissions without these
$as "$RWDA" score --model demo --method clip --prompts single --quiet closed empty loop nowhere images |
    sed -E 's/"score":[0-9.e-]+/"score":S/; s/.*("path":"[^"]+").*("code":"[A-Z_]+","message":".*")\}\}/\1 \2/; s/.*("path":"[^"]+").*("score":S).*/\1 \2/'
echo "exit ${PIPESTATUS[0]}"
chmod 700 closed
