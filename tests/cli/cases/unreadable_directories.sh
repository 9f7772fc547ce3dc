# Directories that cannot be read, lie in a circle or hold no picture are named; the other pictures are scored all the same.
mkdir closed empty pictures pictures/deeper
cp "$ROOT/samples/good/wood.jpg" pictures/a.jpg && cp "$ROOT/samples/good/grid.jpg" pictures/deeper/b.JPG && echo text >pictures/notes.txt
ln -s loop loop
ln -s .. pictures/deeper/up
chmod 000 closed
as=""
[ "$(id -u)" -ne 0 ] || as="setpriv --bounding-set=-dac_override,-dac_read_search" # root obeys permissions without these
$as "$RWDA" score --model demo --method clip --prompts single --quiet closed empty loop nowhere pictures |
    sed -E 's/"score":[0-9.e-]+/"score":S/; s/.*("path":"[^"]+").*("code":"[A-Z_]+","message":".*")\}\}/\1 \2/; s/.*("path":"[^"]+").*("score":S).*/\1 \2/'
echo "exit ${PIPESTATUS[0]}"
chmod 700 closed
