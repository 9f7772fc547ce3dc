# Every layout is recognised and counted: categories, defect types, masks.
. "$CASES/layouts.sh"
ls_data() { echo "== $*"; "$RWDA" data ls "$@" 2>&1 || echo "exit $?"; }
make_mvtec mvtec
ls_data mvtec
ls_data mvtec/first/
(cd mvtec/second && ls_data .)
make_visa visa
ls_data visa
make_sewerml sewer
ls_data sewer/first

image=$ROOT/tests/images/rgb.png
copy "$image" ad2/can/test_public/good/000.png
copy "$image" ad2/can/test_public/bad/000.png
copy "$mask" ad2/can/test_public/ground_truth/bad/000_mask.png
ls_data ad2
copy "$image" btad/01/test/ok/0.png # .bmp and .png mixed; masks are called like the images, with another ending
copy "$ROOT/tests/images/rgb.bmp" btad/01/test/ok/1.bmp
copy "$ROOT/tests/images/rgb.bmp" btad/01/test/ko/2.bmp
copy "$mask" btad/01/ground_truth/ko/2.png
ls_data btad
copy "$image" real/realiad_256/audiojack/OK/S0001/a.jpg
copy "$image" real/realiad_256/audiojack/NG/S0001/b.jpg
copy "$mask" real/realiad_256/audiojack/NG/S0001/b_mask.png
mkdir real/realiad_jsons
cat >real/realiad_jsons/audiojack.json <<'J'
{"meta": {}, "train": [], "test": [{"category": "audiojack", "anomaly_class": "OK", "image_path": "OK/S0001/a.jpg", "mask_path": null},
 {"category": "audiojack", "anomaly_class": "QS", "image_path": "NG/S0001/b.jpg", "mask_path": "NG/S0001/b_mask.png"}]}
J
ls_data real
copy "$ROOT/tests/images/q95.jpg" tiles/MT_Free/Imgs/1.jpg
copy "$ROOT/tests/images/q95.jpg" tiles/MT_Crack/Imgs/2.jpg
copy "$mask" tiles/MT_Crack/Imgs/2.png
ls_data tiles
copy "$image" plain/normal/a.png # masks beside the defect types, under one of their usual names
copy "$image" plain/bent/b.png
copy "$mask" plain/masks/bent/b.png
ls_data plain
printf 'path,label,category,kind,mask\nplain/normal/a.png,good,x,,\nplain/bent/b.png,1,x,"bent, twice",plain/masks/bent/b.png\n' >list.csv
ls_data list.csv
printf '{"path":"plain/normal/a.png","label":0}\n\n{"path":"plain/bent/b.png","label":true,"mask":"plain/masks/bent/b.png"}\n' >list.jsonl
ls_data list.jsonl
"$RWDA" data ls list.jsonl --json
# decisions of 'rwda score' are no truth
printf 'path,score,label,error,p_value\nplain/normal/a.png,0.1,normal,,\nplain/bent/b.png,0.9,anomalous,,\n' >own.csv
ls_data own.csv
printf '{"schema":"rwda.score/1","path":"plain/normal/a.png","score":0.1,"label":"normal"}\n{"schema":"rwda.score/1","path":"plain/bent/b.png","error":{}}\n' >own.jsonl
ls_data own.jsonl
sed 's/,normal,/,good,/; s/,anomalous,/,bad,/' own.csv >true.csv
ls_data true.csv
