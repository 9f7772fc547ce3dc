#!/bin/sh
# run.sh RWDA [N] [SCREENSHOTS] - does the page of 'rwda report' hold in a browser?  (300 pictures; needs chromium, node, npm)
# playwright-core is that of tests/web: tools/install_packages.sh web-test installs it.
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
rwda=$(realpath "$1")
n=${2:-300}
shots=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
python3 "$here/make_scores.py" "$n" "$work/scores"
cd "$work/scores"
# one name cannot exist as a file: its thumbnail is missing, which is said (exit code 1)
"$rwda" report scores.csv --title "$n <made-up> scores" --threshold 0.9 --review 0.75 -o ../report.html || [ $? -eq 1 ]
auroc=$("$rwda" metrics scores.csv | sed -n 's/^AUROC *//p')
node "$here/check_report.mjs" "$work/report.html" "$auroc" $shots

# the same page with heat maps and opinions
root=$(cd "$here/../../.." && pwd)
cd "$work"
"$rwda" score --quiet --method winclip --map maps --kinds 'scratch,hole,</script>' "$root/samples" >heat.jsonl
"$rwda" report --quiet heat.jsonl --maps maps -o heat.html
node "$here/check_maps.mjs" heat.html $shots
