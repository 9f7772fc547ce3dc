# What is wrong with maps and masks is said by name, nothing is computed, and the exit code tells which kind of error it was.
run() {
    "$RWDA" metrics "$@"
    echo "exit $?"
}
mask() { printf 'P2 7 5 1\n%s\n' "$1 $(printf '0 %.0s' {1..34})"; }
npy() { # SHAPE BYTES...
    local header="{'descr': '<f4', 'fortran_order': False, 'shape': $1, }"
    printf "\\x93NUMPY\\x01\\x00\\x$(printf %x ${#header})\\x00%s" "$header"
    printf "$2"
}
planes=$ROOT/tests/planes
mkdir maps masks empty
cp "$planes/f4.npy" maps/a.npy
mask 1 >masks/a.pgm

echo '# usage'
run --maps maps
run --masks masks
run --maps maps --masks masks --list list.csv
run --maps maps --masks masks scores.csv
run --maps maps --masks masks --bootstrap 100
run --fpr-limit 0.3 scores.csv
run --maps maps --masks masks --fpr-limit 0
run --maps maps --masks masks --fpr-limit nan
run --maps maps --masks masks --bins 1
run --maps maps --masks masks --range 0:1
run --maps maps --masks masks --bins 10 --range 1:0

echo '# folders'
run --maps nowhere --masks masks
run --maps empty --masks masks
run --maps maps --masks empty
cp "$planes/f4.npy" maps/b.npy
run --maps maps --masks masks
rm maps/b.npy
mask 1 >masks/c_mask.pgm
run --maps maps --masks masks --normal-without-mask
mv masks/c_mask.pgm masks/a_mask.pgm
run --maps maps --masks masks
rm masks/a_mask.pgm

echo '# files'
mask 0 >masks/a.pgm
run --maps maps --masks masks
printf 'P2 2 1 1\n1 0\n' >masks/a.pgm
run --maps maps --masks masks
head -c 200 "$planes/f4.npy" >maps/a.npy
run --maps maps --masks masks
npy '(1, 2)' '\x00\x00\x80\x3f\x00\x00\xc0\x7f' >maps/a.npy # 1 and not a number
run --maps maps --masks masks
npy '(1, 2)' '\x00\x00\x80\x3f\x00\x00\x00\x00' >maps/a.npy
run --maps maps --masks masks
echo 'text' >masks/a.pgm
run --maps maps --masks masks
rm maps/a.npy
cp "$ROOT/tests/images/rgb.png" maps/a.png
run --maps maps --masks masks

echo '# lists'
printf 'path,mask\nx,y\n' >list.csv
run --list list.csv
printf 'map,mask\n,y\n' >list.csv
run --list list.csv
printf 'map,mask\nnowhere.npy,\n' >list.csv
run --list list.csv
printf 'map,mask\n' >list.csv
run --list list.csv
run --list nowhere.csv
