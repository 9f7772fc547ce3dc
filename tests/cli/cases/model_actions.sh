# What an action of 'rwda model' does not take is refused by name, wherever it stands; nothing is ignored.
export HF_HUB_CACHE="$PWD/cache"
folder=cache/models--org--m/snapshots/0123456789abcdef0123456789abcdef01234567
mkdir -p "$folder" && cp "$ROOT"/tests/model/open_clip_* "$folder"
try() { "$RWDA" "$@" 2>&1 | sed -E "s#$XDG_DATA_HOME#DATA#; s#$ROOT#ROOT#; s#$PWD#HERE#; s#'hf download #'rwda model pull #" | tail -1; echo "exit ${PIPESTATUS[0]}"; }
for arguments in 'ls --dry-run' '--dry-run ls' 'path --dry-run org/m' 'info org/m --dry-run' 'verify org/m --dry-run' 'ls --revision odd' 'rm org/m --sha256 00' \
    'path --json org/m' 'rm --precision int8 org/m' 'pull -m demo org/m' 'rm -m org/m org/m' 'verify org/m --cache .' 'ls --no-cache' 'info org/m --sha256 00' \
    'info org/m --threads 2' 'verify org/m -m demo' 'info demo --revision odd' 'path --revision odd' 'rm org/m@odd --revision odd'; do
    echo "$arguments"
    # shellcheck disable=SC2086 # several arguments
    try model $arguments
done
echo '# what is taken, is'
try model rm --dry-run org/m
try model rm org/m --dry-run
try model path org/m
try model rm org/m
try model path org/m
