#!/bin/bash
# inputs.sh ROOT DATA - the files that the recorded commands read, made in the current folder from checkout ROOT and real sets in DATA.
set -eu
ROOT=$1
DATA=$2
. "$ROOT/tests/cli/layouts.sh"

# Images: good and bad ones, one of each format, names that are not UTF-8 or look like markup.
cp -r "$ROOT/samples" samples
cp -r "$ROOT/models/demo" model
cp -r "$ROOT/tests/planes" planes
mkdir formats names few empty damaged
find "$ROOT/tests/images" -type f ! -name '*.py' -exec cp {} formats \;
cp samples/good/wood.jpg samples/good/grid.jpg samples/defect/wood_hole.jpg few
cp samples/good/wood.jpg $'names/caf\xe9 \xff.jpg'
cp samples/good/grid.jpg $'names/line\nbreak & "quote".jpg'
cp samples/defect/wood_hole.jpg $'names/\xc3\xa4,<b>.jpg'
find names few -name '*.jpg' -print0 | sort -z >list.null
find names few -name '*.jpg' ! -name $'*\n*' | sort >list.lines
printf 'few/wood.jpg\nmissing.png\nfew/grid.jpg\n' >list.missing

# The same files, damaged: cut short, one stretch of bytes changed; and what was never an image.
for file in formats/*; do
    name=$(basename "$file") size=$(wc -c <"$file")
    head -c $((size * 3 / 5)) "$file" >"damaged/cut-$name"
    { head -c $((size / 2)) "$file"; printf '\377\000\252\125\377\000'; tail -c +$((size / 2 + 7)) "$file"; } >"damaged/changed-$name"
done
: >damaged/nothing.png
echo 'milk, bread' >damaged/text.jpg
printf 'P5\n65535 65535\n255\n' >damaged/huge.pgm

# Masks of 256 x 256: a band of 40 rows, and the left third of each row.
{ printf 'P5\n256 256\n255\n'; head -c 15360 /dev/zero; head -c 10240 /dev/zero | tr '\0' '\377'; head -c 39936 /dev/zero; } >band.pgm
{ printf 'P5\n256 256\n255\n'; for _ in $(seq 256); do printf '%85s%171s' '' '' | tr ' ' '\377' | head -c 85; head -c 171 /dev/zero; done; } >third.pgm

# Archives, lines and Arrow streams.
mkdir archives
pack() { tar --sort=name --format=ustar --mtime=2024-01-01 --owner=0 --group=0 --numeric-owner "$@"; }
pack -cf archives/few.tar few && pack -cf archives/damaged.tar damaged/{cut-q95,text}.jpg damaged/nothing.png names && head -c 30000 archives/few.tar >archives/cut.tar
gzip -nk archives/few.tar && pack -cf - samples | zstd -q -o archives/samples.tar.zst
cp -r "$ROOT/tests/arrow/streams" arrows
{
    printf '{"path":"few/wood.jpg","id":7}\n{"path":"missing.png"}\n\nno JSON\n{"id":1}\n'
    printf '{"path":"b","image":"%s"}\n' "$(base64 -w0 few/grid.jpg)"
} >images.jsonl

# A data set of each layout; the first three hold the same images.
mask=$PWD/band.pgm
make_mvtec mvtec
make_visa visa
make_sewerml sewer
image=few/wood.jpg bad=few/wood_hole.jpg
copy $image btad/01/test/ok/0.png && copy few/grid.jpg btad/01/test/ok/1.bmp
copy $bad btad/01/test/ko/2.bmp && copy band.pgm btad/01/ground_truth/ko/2.png
copy $image realiad/realiad_256/audiojack/OK/S0001/a.jpg
copy $bad realiad/realiad_256/audiojack/NG/S0001/b.jpg && copy band.pgm realiad/realiad_256/audiojack/NG/S0001/b_mask.png
mkdir realiad/realiad_jsons
cat >realiad/realiad_jsons/audiojack.json <<'J'
{"meta": {}, "train": [], "test": [{"category": "audiojack", "anomaly_class": "OK", "image_path": "OK/S0001/a.jpg", "mask_path": null},
 {"category": "audiojack", "anomaly_class": "QS", "image_path": "NG/S0001/b.jpg", "mask_path": "NG/S0001/b_mask.png"}]}
J
copy $image tiles/MT_Free/Imgs/1.jpg && copy few/grid.jpg tiles/MT_Free/Imgs/3.jpg
copy $bad tiles/MT_Crack/Imgs/2.jpg && copy band.pgm tiles/MT_Crack/Imgs/2.png
copy $image folder/normal/a.png && copy few/grid.jpg folder/normal/c.png
copy $bad folder/bent/b.png && copy band.pgm folder/masks/bent/b.png
copy $bad $'folder/b\xe9nt/d.png'
printf 'path,label,category,kind,mask\nfolder/normal/a.png,good,x,,\nfolder/bent/b.png,1,x,"bent, twice",folder/masks/bent/b.png\n' >list.csv
printf '{"path":"folder/normal/a.png","label":0}\n\n{"path":"folder/bent/b.png","label":true,"mask":"folder/masks/bent/b.png"}\n' >list.jsonl
cp -r mvtec hurt # what is broken about a data set
echo 'not an image' >hurt/first/test/good/broken.png
rm -r hurt/second/ground_truth

# Models that cannot be used.
mkdir models_bad models_bad/bare models_bad/cut models_bad/nothing models_bad/pickle
cp model/open_clip_model.safetensors models_bad/bare
cp model/open_clip_config.json models_bad/cut && head -c 100000 model/open_clip_model.safetensors >models_bad/cut/open_clip_model.safetensors
cp model/open_clip_config.json models_bad/pickle && : >models_bad/pickle/open_clip_pytorch_model.bin
head -c 300 model/open_clip_model.safetensors >detector.cut

# Texts and tables.
printf 'a photo of a cat\n\nthird line without end' >texts.txt
printf 'bolt\r\nwasher\n\tgear  screw\n' >words.txt
printf 'label,score\n0,.1\n0,.4\n1,.35\n1,.8\n0,.4\n1,.4\n0,.9\n1,.7\n' >ties.csv
printf 'label,score\n0,1\n1,nan\n' >nan.csv
printf 'label,score\n0,1\n' >one_class.csv
printf 'path,category,kind,label,a/one/1,b/one/1\n"x,1.png",c,good,0,0.25,0.5\ny.png,c,hole,1,0.75,0.5\nz.png,c,hole,1,,\n' >columns.csv
scores() { # N FOLDER FIRST STEP: records of scores that are known
    seq 0 $(($1 - 1)) | awk -v folder="$2" -v first="$3" -v step="$4" '{ printf "{\"schema\":\"rwda.score/1\",\"path\":\"%s/%d.png\",\"score\":%.4f,\"threshold\":null,\"detector\":\"sha256:d\",\"model\":\"sha256:m\",\"scoring\":{\"method\":\"fnn\",\"object\":null,\"prompts\":null,\"temperature\":null,\"crops\":\"one\",\"pool\":\"mean\",\"resize\":\"squash\",\"image_size\":128}}\n", folder, $1, first + step * $1 }'
}
scores 100 flat 0 0.005 >normal.jsonl
{ scores 60 a/good 0 0.005; scores 10 a/scratch 0.2 0.05; } >labelled.jsonl
mkdir -p truth/dent maps/dent maps/good
cp planes/f4.npy maps/dent/000.npy && cp planes/grey16.png maps/good/000.png
printf 'P2 7 5 255\n0 0 0 0 0 0 9\n0 0 0 0 0 0 9\n0 1 1 0 0 0 0\n0 1 0 0 0 0 0\n0 0 0 0 0 0 255\n' >truth/dent/000_mask.pgm
printf 'map,mask\nmaps/good/000.png,\nmaps/dent/000.npy,truth/dent/000_mask.pgm\n' >maps.csv
printf 'map,mask\nout/maps-patches/few/wood.jpg.map.npy,third.pgm\nout/maps-patches/few/grid.jpg.map.npy,\n' >maps_ours.csv
{ printf 'P5\n256 4096\n255\n'; seq 1 300000 | head -c 1048576; } >tall.pgm

# Real sets, where there are some: a few images of each type.
first() { # N FROM TO [ENDING OF MASK]: the first N .jpg and their masks
    mkdir -p "$3"
    for file in $(ls "$2"/*.jpg | sort | head -n "$1"); do cp "$file" "$3"; done
}
if [ -d "$DATA/magnetic-tile" ]; then
    for type in Free Blowhole Break Crack; do
        first 6 "$DATA/magnetic-tile/MT_$type/Imgs" "real_tiles/MT_$type/Imgs"
        [ $type = Free ] || for file in "real_tiles/MT_$type/Imgs"/*.jpg; do cp "$DATA/magnetic-tile/MT_$type/Imgs/$(basename "$file" .jpg).png" "$(dirname "$file")"; done
    done
fi
if [ -d "$DATA/real/cookie" ]; then
    first 6 "$DATA/real/cookie/test/good" real_cookie/cookie/test/good
    first 6 "$DATA/real/cookie/test/anomaly" real_cookie/cookie/test/anomaly
    mkdir -p real_cookie/cookie/ground_truth/anomaly
    for file in real_cookie/cookie/test/anomaly/*.jpg; do
        name=$(basename "$file" .jpg)_mask.png
        [ ! -f "$DATA/real/cookie/ground_truth/anomaly/$name" ] || cp "$DATA/real/cookie/ground_truth/anomaly/$name" real_cookie/cookie/ground_truth/anomaly
    done
fi
mkdir out
find . -exec touch -h -d '2024-01-01 00:00:00 UTC' {} +
