# A sensor's 10 or 12 bits in 16-bit files: one warning with the number and what to do; --depth reads them in full brightness.
sensor() { # sensor FILE LARGEST: a 16-bit PGM of a ramp up to LARGEST
    printf 'P5 64 64 65535\n' >"$1"
    for ((y = 0; y < 64; y++)); do
        for ((x = 0; x < 64; x++)); do v=$((x * y * $2 / 3969)); printf "\\x$(printf %02x $((v / 256)))\\x$(printf %02x $((v % 256)))"; done
    done >>"$1"
}
sensor ten.pgm 1023
sensor twelve.pgm 4095
sensor sixteen.pgm 65535
score() { "$RWDA" score --model demo --quiet --method clip "$@"; }
echo "-- one warning a run"
score ten.pgm twelve.pgm sixteen.pgm 2>&1 >/dev/null
score twelve.pgm 2>&1 >/dev/null
score sixteen.pgm 2>&1 >/dev/null
echo "-- scaled: nearly the same image, and said in the record"
score --depth auto ten.pgm twelve.pgm sixteen.pgm 2>&1 | grep -oE '"score":0\.[0-9]{2}|"depth":"?[a-z0-9]*' | tr '\n' ' '; echo
score --depth 12 twelve.pgm 2>&1 | grep -oE '"score":0\.[0-9]{2}|"depth":[a-z0-9]*' | tr '\n' ' '; echo
echo "-- in every verb"
"$RWDA" embed --model demo --quiet -o e.npy ten.pgm 2>&1
"$RWDA" preprocess --model demo --quiet -o p.npy ten.pgm 2>&1
"$RWDA" remember --model demo --quiet --image-size 64 -o m.safetensors ten.pgm 2>&1
"$RWDA" map --model demo --quiet -o maps ten.pgm 2>&1 >/dev/null
mkdir -p data/good data/bad
cp ten.pgm data/good/1.pgm; cp twelve.pgm data/bad/2.pgm
"$RWDA" eval --model demo --quiet --data data --method clip,winclip --crops one,5 2>&1 >/dev/null | grep 16-bit
"$RWDA" eval --model demo --quiet --data data --method mutual 2>&1 >/dev/null | grep 16-bit
"$RWDA" eval --model demo --quiet --data data --method clip --depth 12 2>&1 >/dev/null | grep -c 16-bit || true
echo "-- more bits than the depth says"
score --depth 10 ten.pgm twelve.pgm 2>&1 >/dev/null
