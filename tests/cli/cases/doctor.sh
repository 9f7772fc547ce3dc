# The self-test passes with the shipped model (golden numbers), and with another one against the plain-C kernels; models are verified.
unset XDG_DATA_HOME # here it is the shipped model that is meant
"$RWDA" doctor --model demo | sed -nE 's/^(ok|FAILED) .*(golden|OpenCLIP|same bytes).*/\1 \2/p; /^all/p' | uniq
mkdir other && cp "$ROOT/tests/model/open_clip_config.json" other/ &&
    sed 's/"step":"[0-9]/"step":"9/' "$ROOT/tests/model/open_clip_model.safetensors" >other/open_clip_model.safetensors
compared=
"$RWDA" --version | grep -q 'kernels: ref' && compared='/schema/a plain-C' # the only set here: there is none to hold to it
"$RWDA" doctor --model other --json | grep -oE '"schema":"rwda.doctor/1"|plain-C|golden|"ok":(true|false)\}$' | uniq | sed "$compared"
try() { "$RWDA" "$@" 2>&1 | sed -E 's/[0-9a-f]{64}/HASH/g; s/ [0-9]{4,}/ N/g; s/tensor "[^"]+"/tensor "..."/; s/^rwda: //; s#[^ "]*/models/#models/#'; echo "exit ${PIPESTATUS[0]}"; }
try model verify demo
try model verify demo --sha256 "$(sha256sum <"$ROOT/models/demo/open_clip_model.safetensors" | cut -d' ' -f1)"
try model verify demo --sha256 0123
head -c 100000 "$ROOT/tests/model/open_clip_model.safetensors" >other/open_clip_model.safetensors
try model verify other
try doctor --model other
try model path demo
try model path nobody
try model info nobody
