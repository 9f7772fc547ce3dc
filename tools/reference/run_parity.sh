#!/usr/bin/env bash
# run_parity.sh [--quick] [--install] BUILD [WORK] - does everything agree with PyTorch, Pillow, open_clip and scikit-learn?
# Debian's PyTorch, scikit-learn and SciPy, and from PyPI, in a virtual environment of its own, the current Pillow, pillow-heif and open-clip-torch.
# --quick makes every comparison, of less: docs/parity.md says what it leaves out.  --install: the packages and nothing else.
set -eu
unset CDPATH
here=$(cd "$(dirname "$0")" && pwd)
quick="" small=""
install=""
while [ "${1#--}" != "$1" ]; do
    case $1 in
    --quick) quick=--quick small="--demo ../../tests/model" ;; # from this folder
    --install) install=yes ;;
    *) echo "run_parity.sh: '$1' is none of --quick, --install" >&2 && exit 2 ;;
    esac
    shift
done
mkdir -p "$1"
build=$(cd "$1" && pwd)
work=${2:-$build/parity}
mkdir -p "$work"

"$here/../install_packages.sh" parity
# --no-deps where what is wanted beyond Debian's packages is not needed here
if [ ! -x "$work/venv/bin/python" ] || ! "$work/venv/bin/python" -c 'import ftfy, regex, unicodedata2, pillow_heif, sentencepiece, timm, transformers, PIL
assert PIL.__version__ == "13.0.0" and transformers.__version__ == "4.44.2"' 2>/dev/null; then
    /usr/bin/python3 -m venv --system-site-packages "$work/venv"
    "$work/venv/bin/pip" install --quiet --no-deps open-clip-torch==3.3.0 ftfy==6.3.1 regex unicodedata2 wcwidth timm==1.0.31 pillow==13.0.0 pillow-heif==1.8.1 sentencepiece==0.2.3
    "$work/venv/bin/pip" install --quiet transformers==4.44.2 2>/dev/null # the last that takes Debian's PyTorch
fi
if [ ! -x "$work/venv5/bin/python" ] || ! "$work/venv5/bin/python" -c 'import transformers; assert transformers.__version__ == "5.24.0"' 2>/dev/null; then
    /usr/bin/python3 -m venv --system-site-packages "$work/venv5"
    "$work/venv5/bin/pip" install --quiet --no-deps pillow==13.0.0
    "$work/venv5/bin/pip" install --quiet transformers==5.24.0 # without a PyTorch: processors and pixels
fi
if ! "$work/venv5/bin/python" -c 'import ftfy, sentencepiece, tokenizers; assert tokenizers.__version__ == "0.23.3"' 2>/dev/null; then
    "$work/venv5/bin/pip" install --quiet --no-deps tokenizers==0.23.3 sentencepiece==0.2.3 open-clip-torch==3.3.0 ftfy==6.3.1 regex wcwidth
fi

python="$work/venv/bin/python"

# The whole form compares the families with the packages of today, whose PyTorch is newer than Debian's and, with the CUDA it brings and nothing
# here uses, 5 GB; the quick form with what runs on Debian's, unless PARITY_FAMILIES=yes asks for them.  PARITY_FAMILIES=no leaves them out.
families="$python"
[ -n "$quick" ] && [ "${PARITY_FAMILIES:-}" != yes ] || families="$work/venv-families/bin/python"
if [ "${PARITY_FAMILIES:-}" != no ] && [ "$families" != "$python" ] &&
    ! "$families" -c 'import open_clip, sentencepiece, timm, torchvision, transformers; assert transformers.__version__ == "5.24.0"' 2>/dev/null; then
    /usr/bin/python3 -m venv "$work/venv-families"
    "$families" -m pip install --quiet torch==2.15.0 torchvision==0.29.2 open-clip-torch==3.3.0 timm==1.0.31 transformers==5.24.0 pillow==13.0.0 sentencepiece==0.2.3
fi

[ -z "$install" ] || exit 0

# Debian's OpenBLAS takes a processor newer than itself for one with SSE alone, and the references take five times as long.
if OPENBLAS_VERBOSE=2 "$python" -c 'import numpy' 2>&1 | grep -q 'Core: Prescott'; then
    if grep -qw avx512bw /proc/cpuinfo; then
        export OPENBLAS_CORETYPE=SkylakeX
    elif grep -qw avx2 /proc/cpuinfo; then
        export OPENBLAS_CORETYPE=Haswell
    fi
fi
export XDG_CACHE_HOME="$work/cache" # packed weights of models that go again

# Each comparison in a folder of its own, beside others: as many as there are cores, each with one thread, for most wait for one core.
# The whole form has two, of models that need 6 GB.
together=$(nproc)
[ "$together" -le 2 ] || [ -n "$quick" ] || together=2
[ "$together" -eq 1 ] || export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
rm -rf "$work/logs" && mkdir -p "$work/logs"
names=()

# compare NAME COMMAND...: what it says is printed when it ends
compare() {
    local name=$1
    shift
    names+=("$name")
    while [ "$(jobs -pr | wc -l)" -ge "$together" ]; do sleep 0.1; done
    (
        begun=$SECONDS
        mkdir -p "$work/$name"
        "$@" >"$work/logs/$name" 2>&1 && touch "$work/logs/$name.agrees"
        flock "$work/logs" cat "$work/logs/$name" - <<<"($name: $((SECONDS - begun)) s)"
    ) &
}

directories() {
    local vocabulary some=() cases=$work/directories
    vocabulary=$("$python" -c 'import importlib.metadata as m; print(m.distribution("open_clip_torch").locate_file("open_clip/bpe_simple_vocab_16e6.txt.gz"))')
    [ -z "$quick" ] || some=(--only plain parts "edge 64" squash "no rescale" "crop left out" "of 2021" "both files, other mean" vision_config_dict
        "images alone" "texts alone" "SigLIP, images alone" "SigLIP, texts alone" "SigLIP, no head")
    {
        "$python" -W ignore open_clip_cases.py -o "$cases/openclip" &&
            "$python" -W ignore huggingface_cases.py --vocabulary "$vocabulary" -o "$cases/transformers4" "${some[@]}" &&
            "$work/venv5/bin/python" -W ignore huggingface_cases.py --vocabulary "$vocabulary" --weights "$cases/transformers4/plain" \
                -o "$cases/transformers5" "${some[@]}"
    } >"$cases/log" 2>&1 || { cat "$cases/log"; return 1; }
    "$python" compare_huggingface.py --program "$build/rwda" --cases "$cases/openclip" "$cases/transformers4" "$cases/transformers5"
}

families() {
    HF_HUB_OFFLINE=1 "$families" -W ignore families_torch.py --program "$build/rwda" --embed-ids "$build/tests/embed_ids" --work "$work/families" \
        --report "$work/families.md" $quick
}

# The longest first: what ends last is short.
cd "$here"
compare encoders "$python" parity.py --program "$build/rwda" --work "$work/encoders" --report "$work/encoders.md" $quick
[ "${PARITY_FAMILIES:-}" = no ] || compare families families
compare memories "$python" memory_torch.py --program "$build/rwda" --work "$work/memories" --report "$work/memories.md" $quick $small
compare maps "$python" winclip_torch.py --program "$build/rwda" --work "$work/maps" --report "$work/maps.md" $quick $small
compare directories directories
compare tokenizer "$python" compare_tokenizer.py --program "$build/rwda" $quick
compare tokenizers "$work/venv5/bin/python" compare_tokenizers.py --program "$build/tests/tokenize_strings" --work "$work/tokenizers" $quick
compare decoders "$python" compare_decoders.py --library "$build/librwda.so" --work "$work/decoders"
compare metrics "$python" -W ignore metrics_sklearn.py --program "$build/rwda" --work "$work/metrics"
compare kinds "$python" kinds_torch.py --program "$build/rwda" --work "$work/kinds" --report "$work/kinds.md" $quick $small
compare preprocessing "$python" -W ignore compare_preprocess.py --program "$build/rwda" --work "$work/preprocessing"
compare training "$python" fnn_torch.py --program "$build/tests/fnn_steps" --work "$work/training"
compare evaluation "$python" eval_sklearn.py --program "$build/rwda" --work "$work/evaluation"
wait
missed=""
for name in "${names[@]}"; do
    [ -e "$work/logs/$name.agrees" ] || missed+=" $name"
    rm -rf "${work:?}/$name"
done
rm -rf "$work/cache"
[ -z "$missed" ] || { echo "parity: MISSED, see above:$missed"; exit 1; }
echo "parity: all within bounds"
