#!/bin/sh
# run.sh RWDA [N] [SCREENSHOTS] - does the page of 'rwda report' hold in a browser?  (300 pictures; needs chromium, node, npm)
# Installs playwright-core into build/playwright, without a browser of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
rwda=$(realpath "$1")
n=${2:-300}
shots=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/build/playwright"
[ -d "$root/build/playwright/node_modules/playwright-core" ] ||
    (cd "$root/build/playwright" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --no-audit --no-fund --silent playwright-core)
python3 "$here/make_scores.py" "$n" "$work/scores"
cd "$work/scores"
# one name cannot exist as a file: its thumbnail is missing, which is said (exit code 1)
"$rwda" report scores.csv --title "$n <made-up> scores" --threshold 0.9 --review 0.75 -o ../report.html || [ $? -eq 1 ]
auroc=$("$rwda" metrics scores.csv | sed -n 's/^AUROC *//p')
cp "$here/check_report.mjs" "$root/build/playwright/"
node "$root/build/playwright/check_report.mjs" "$work/report.html" "$auroc" $shots
