# Studies: every one writes its tables, plot and summary; they agree with rwda eval and with each other; an interrupted run ends with
# the same bytes; bad options are usage errors.
. "$CASES/layouts.sh"
make_mvtec data
small='--model demo --data data --quiet --seeds 2 --pairs 20 --limit 2 --cache cache'
run() { "$RWDA" experiment "$@" $small >out 2>err; echo "$1: exit $?"; }
for study in pairs states words-count words-length words-kind words-position crops fusion robustness kinds; do run $study -o whole; done
ls whole | grep -v kept
head -1 whole/words-kind.csv
for f in whole/*.md whole/*.html; do # a question, a summary, a plot
    grep -q '?' "$f" && grep -q 'AUROC' "$f" || echo "$f lacks its question or its summary"
done
grep -L '</svg>' whole/*.svg whole/*.html
awk -F'"' 'FNR > 1 && $4 != $6' whole/kinds-kinds.csv # of the study of kinds a setting is a category
# rows are "series","setting",x,own,seeds,auroc,auroc_sd,ap,...: split at the quotes, then at commas
awk -F'"' 'FNR > 1 { split($5, f, ","); if (!(f[5] >= 0 && f[5] <= 1 && f[7] > 0 && f[7] <= 1)) print FILENAME ": " $0 }' whole/[a-jl-z]*[a-z].csv |
    grep -vE '(categories|kinds).csv'

# The recipe's own setting is what eval measures.
"$RWDA" eval $small --method fnn,both,clip --format csv | grep '^"mean"' | cut -d, -f2,6 | awk -F, '{ printf "%s %.9g\n", $1, $2 }' >eval
own() { awk -F'"' -v s="$2" '{ split($5, f, ",") } $2 == s && f[3] == 1 { print f[5] }' "whole/$1.csv"; }
setting() { awk -F'"' -v s="$2" '{ split($5, f, ",") } $4 == s { print f[5] }' "whole/$1.csv"; }
of() { sed -n "s/^$1 //p" eval; }
for study in pairs words-position; do [ "$(own $study 'RWDA FNN')" = "$(of fnn)" ] || echo "$study differs from eval"; done
[ "$(own crops 'RWDA FNN + CLIP')" = "$(of both)" ] || echo 'crops differ from eval'
[ "$(setting fusion 'network alone')" = "$(of fnn)" ] && [ "$(setting fusion 'CLIP prompts alone')" = "$(of clip)" ] || echo 'fusion differs from eval'
[ "$(setting fusion 'mean of probabilities')" = "$(of both)" ] || echo 'fusion differs from eval'

# What an interruption leaves: some kept runs, one of them half written, no report.
cp -rp whole part && rm part/*.* && rm part/kept/states-* && head -c 200 whole/kept/fusion.npy >part/kept/fusion.npy
for study in states fusion; do run $study -o part; done
for f in states fusion; do for e in md csv svg html; do cmp whole/$f.$e part/$f.$e; done; done
run states -o part
cat err
run states -o part --force

# Memories and batches: shots are what eval measures, with the same draws; categories without enough images are left out and named.
for study in contaminated batch memory-view; do small=${small/--pairs 20/} run $study -o evidence; done
small=${small/--limit 2/--limit 9} run shots -o evidence
"$RWDA" eval ${small/--limit 2/--limit 9} --method memory --shots 1,2,4,8,16 --draws 2 --format csv |
    awk -F, '/^"mean"/ && $6 != "" { print $18, $6 }' >eval
awk -F'"' '$2 == "memory" { split($5, f, ","); if (f[5] != "") printf "%s %.9g\n", $4, f[5] }' evidence/shots.csv >study
awk '{ printf "%s %.9g\n", $1, $2 }' eval | cmp - study && wc -l <study
grep -ohE '[A-Z0-9][^.:]* categor(y|ies) has [^.:]*' evidence/*.md

# Two models side by side: the same one twice gives the same rows.
"$RWDA" experiment models $small --model " $ROOT/tests/model/" -o models >out; echo "models: exit $?"
awk -F'"' 'NR > 1 { print $2 $5 }' models/models.csv | sed -E 's/,[01],/,/' | sort | uniq -c | awk '{ print $1 }' | sort -u

bad() { "$RWDA" experiment "$@" 2>&1 | sed 's/^rwda: //'; echo "exit ${PIPESTATUS[0]}"; }
bad
bad pairs --data data
bad everything --data data -o x
bad pairs --data data -o x --pairs 5
bad pairs --data data -o x --preset worst
bad pairs --data missing -o x 2>&1 | tail -1
bad batch --data data -o x --pairs 100
bad --object known memory-view --data data -o x
bad crops $small -m demo,other -o x 2>&1 | tail -2
echo text >file; bad pairs $small -o file
