# Lists that nobody wrote by hand: a sentence each, no crash, no endless memory.
image=$ROOT/tests/images/rgb.png
ls_data() { "$RWDA" data ls "$@" >out 2>err; code=$?; sed 's/^rwda: //' err | cut -c1-200; echo "exit $code: $(grep -c . out) lines"; }
cp "$image" a.png
: >empty.csv && ls_data empty.csv
printf 'path,label\n"a.png,0\n' >open.csv && ls_data open.csv
printf 'path,label\n"a.png"x,0\n' >after.csv && ls_data after.csv
printf 'path,label\na.png\n' >short.csv && ls_data short.csv
printf 'name,value\na.png,0\n' >names.csv && ls_data names.csv
printf 'path,label\n,0\na.png,maybe\na.png,0\na.png,1\n' >labels.csv && ls_data labels.csv
printf 'path,label\n%05000d,0\n' 1 >long.csv && ls_data long.csv
head -c 6000 /dev/zero | tr '\0' ',' >commas.csv && ls_data commas.csv
printf 'path,label\na.p\0ng,0\n' >nul.csv && ls_data nul.csv
mkdir folder.csv && ls_data folder.csv 2>&1 | tail -1
printf '{"path":"a.png","label":0}\n{"path":\n[1,2]\n{"path":7,"label":1}\n{"path":"a.png","label":5}\n{"path":"a.png","label":0,"label":1}\n' >broken.jsonl
ls_data broken.jsonl
{ head -c 100000 /dev/zero | tr '\0' '['; echo; } >deep.jsonl && ls_data deep.jsonl
mkdir -p real/realiad_256/x real/realiad_jsons
echo '{"test": {"image_path": "a"}}' >real/realiad_jsons/x.json
echo 'nothing' >real/realiad_jsons/y.json
echo '{"test": [7, {"image_path": "a.png"}]}' >real/realiad_jsons/z.json
ls_data real
# names that are no UTF-8 or hold control characters: tables and JSON stay whole
mkdir -p "$(printf 'odd/\377cat\001/test/good')" "$(printf 'odd/\377cat\001/test/b|"d')"
for d in odd/*/test/*; do cp a.png "$d/0.png"; done
"$RWDA" data ls odd --json | grep -o '"categories.*'
