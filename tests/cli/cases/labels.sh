# Labels as people write them: every verb reads the same ones, and names what it does not read; no row is dropped.
rows() { # SEPARATOR NORMAL ANOMALOUS DECIMAL
    printf 'path%slabel%sscore\n' "$1" "$1"
    for i in 0 1 2; do printf '%s%s%s%s0%s2%s\n' "$i.png" "$1" "$2" "$1" "$4" $((i + 1)); done
    for i in 3 4; do printf '%s%s%s%s0%s8%s\n' "$i.png" "$1" "$3" "$1" "$4" $((i - 2)); done
}
mkdir -p images && for i in 0 1 2 3 4; do cp "$ROOT/samples/good/wood.jpg" images/$i.png; done
try() { # NAME, FILE: what metrics, calibrate and data ls make of it
    printf '%-22s' "$1"
    "$RWDA" metrics "$2" 2>&1 | head -1 | tr '\n' ';'
    "$RWDA" calibrate --model demo --method clip --prompts single --rule f1 "$2" 2>&1 >t.json | grep -o '[0-9]* of [0-9]* anomalous and [0-9]* of [0-9]* normal' | tr '\n' ';'
    (cd images && "$RWDA" data ls "../in-images.csv" --json 2>/dev/null | grep -o '"normal":[0-9]*,"anomalous":[0-9]*')
}
read_all() { # NAME then rows' arguments
    rows "$2" "$3" "$4" "$5" >"$1.csv"
    rows "$2" "$3" "$4" "$5" | sed -E "2,\$s/^/images\//" >in-images.csv
    try "$1" "$1.csv"
}
read_all digits , 0 1 .
read_all floats , 0.0 1.0 .
read_all pandas , False True .
read_all excel , FALSE TRUE .
read_all yes-no , no yes .
read_all good-bad , good bad .
read_all normal-anomalous , normal anomalous .
read_all ok-nok , OK NOK .
read_all scikit-learn , 1 -1 .
read_all scikit-learn-floats , 1.0 -1.0 .
read_all semicolons ';' 0 1 ,
read_all semicolons-floats ';' 0,0 1,0 ,
read_all tabs '	' pass fail .
echo "-- byte order mark and CR LF"
{ printf '\357\273\277sep=;\r\n'; rows ';' False True , | sed 's/$/\r/'; } >windows.csv
sed -E '3,$s/^/images\//' windows.csv >in-images.csv
try windows windows.csv
echo "-- what is not read is named, row and all"
for labels in '0 1 -1' '0.0 1.0 -1.0' 'good bad -1' '0 -1' '-1 -1' '0 scratch' '0 0.5' '0 2'; do
    { echo path,label,score; for l in $labels; do echo "x.png,$l,0.5"; done; } >odd.csv
    echo "$labels"
    "$RWDA" metrics odd.csv 2>&1 | cut -c 1-60
    "$RWDA" calibrate --model demo --method clip odd.csv 2>&1 | cut -c 1-60
    "$RWDA" data ls odd.csv 2>&1 | grep -o 'odd.csv: row.*' | cut -c 1-60
done
echo "-- scores without a label beside others"
printf 'path,label,score\na,0,0.1\nb,0,0.2\nc,,0.9\nd,1,0.8\n' >some.csv
"$RWDA" calibrate --model demo --method clip --prompts single --confidence 0 --quantile 0.5 some.csv 2>&1 >/dev/null | grep -E 'label|normal ones'
echo "-- decisions of score are no truth"
printf '"path",score,label,error,p_value\n"a.png",0.1,normal,,\n"b.png",0.9,anomalous,,\n' >scores.csv
"$RWDA" calibrate --model demo --method clip --prompts single --confidence 0 --quantile 0.5 scores.csv 2>&1 >/dev/null | grep -E 'decisions|taken'
echo "-- UTF-16"
printf '\377\376l\0a\0b\0e\0l\0,\0s\0c\0o\0r\0e\0\n\0' >wide.csv
"$RWDA" metrics wide.csv 2>&1; echo "exit $?"
