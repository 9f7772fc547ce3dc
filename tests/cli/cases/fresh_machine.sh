# A fresh machine: no environment, a home that is empty, missing or cannot be written to; 'rwda score DIR' alone gives the same scores everywhere.
scored() { env -i "$@" "$RWDA" score --format csv "$ROOT/samples" 2>err; grep -c 'is trained' err >&2; }
mkdir home shut && chmod 555 shut
scored HOME="$PWD/home" 2>trained | cut -d, -f2 >scores
wc -l <scores
cat trained
awk 'NR > 1 && !($1 > 0 && $1 < 1)' scores
for environment in HOME="$PWD/home" HOME="$PWD/shut" HOME="$PWD/none" NOTHING=1 XDG_CACHE_HOME=/dev/null/x; do
    scored "$environment" 2>/dev/null | cut -d, -f2 | cmp - scores && echo 'the same scores'
done
