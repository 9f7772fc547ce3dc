# What is broken about a data set is named and spoils nothing else; the exit code is 1.
. "$CASES/layouts.sh"
ls_data() { echo "== $*"; "$RWDA" data ls "$@" >out 2>err; code=$?; cat out; sed 's/^rwda: //' err; echo "exit $code"; }
image=$ROOT/tests/images/rgb.png
make_mvtec mvtec
rm mvtec/first/ground_truth/dent/000_mask.png    # a mask is missing
rm -r mvtec/first/ground_truth/burn              # all masks of a defect type
mv mvtec/first/ground_truth/glue/000_mask.png mvtec/first/ground_truth/glue/mask-000.png # another name, but the stem is in it
cp "$mask" mvtec/first/ground_truth/stain/0001.png # a longer number is another image's
rm mvtec/first/test/thread/000.jpg               # a defect type without images
copy "$image" mvtec/third/train/good/1.png     # a category that was unpacked in part
copy "$image" mvtec/fourth/test/good/1.png     # a category without anomalies
ls_data mvtec
make_visa visa
rm visa/first/Data/Images/Anomaly/001.JPG visa/second/Data/Masks/Anomaly/000.png
printf 'first,test,unknown,first/Data/Images/Normal/0000.JPG,\r\nfirst,test,anomaly,first/Data/Images/Normal/0000.JPG,\r\nsecond,test,normal,second/Data/Images/Normal/0000.JPG,\r\n' >>visa/split_csv/1cls.csv
ls_data visa
make_sewerml sewer
rm sewer/first/00000000.png
printf '00000001.png,0,1,0,0,1,2\n00000009.png,0,1,0,0,1,1\n' >>sewer/first/SewerML_Val.csv
ls_data sewer/first
mkdir test && printf 'Filename\n00000000.png\n' >test/SewerML_Test.csv && cp test/SewerML_Test.csv test/SewerML_Val.csv
ls_data test
rm test/SewerML_Val.csv # the test split alone: its labels are withheld
ls_data --layout sewerml test
mkdir empty && ls_data empty
ls_data --layout visa mvtec
ls_data missing
mkdir deeper && mv mvtec deeper/unpacked
"$RWDA" data ls deeper 2>&1 | head -1
"$RWDA" data ls --layout nonsense deeper 2>&1
echo "exit $?"
"$RWDA" data 2>&1
echo "exit $?"
