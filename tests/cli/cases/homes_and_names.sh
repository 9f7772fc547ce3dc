# A home that is not there is not made; the longest names, links to nothing and killed writers.
image=$ROOT/samples/good/wood.jpg
unset XDG_CACHE_HOME
say() { sed 's/^rwda: //' | grep -v '^model '; }
score() { "$RWDA" score --model demo --method clip --quiet --format csv "$@" 2>&1 | say; }
HOME=$PWD/no/such/home score -o a.csv "$image"
ls
mkdir home && HOME=$PWD/home score -o b.csv "$image"
cmp a.csv b.csv && stat -c '%a %n' home/.cache home/.cache/rwda
find home -type f -printf '%m %f\n' | sed -E 's/[0-9a-f]{64}/SUM/' | sort
HOME=relative score -o c.csv "$image"
ls
export HOME=$PWD/home
echo '--- other people write into the cache'
for way in 'chmod 666' 'chown nobody' 'link'; do
    for file in home/.cache/rwda/*; do
        case $way in
        link) mv "$file" elsewhere && ln -s "$PWD/elsewhere" "$file" ;;
        *) [ "$way" != 'chown nobody' ] || [ "$(id -u)" -eq 0 ] || continue; $way "$file" ;;
        esac
    done
    score -f -o d.csv "$image"
    cmp a.csv d.csv
    find home/.cache/rwda -type f ! -perm /022 -uid "$(id -u)" | wc -l
done
echo '--- and texts of other words are no embeddings of these'
train() { "$RWDA" train --model demo --pairs 50 --epochs 1 --hidden 4 --quiet "$@"; }
texts() { ls home/.cache/rwda/text-*; }
train -o other.safetensors --seed 2
other=$(texts)
train -o t.safetensors
this=$(texts | grep -v "$other")
for way in ln 'ln -s' cp; do
    rm "$this"
    $way "$PWD/$other" "$this"
    train -o again.safetensors -f
    cmp t.safetensors again.safetensors && echo "$way"
done
echo '--- names'
long=$(printf 'n%.0s' $(seq 251)).jpg
cp "$image" "$long"
"$RWDA" map --model demo --object wood --quiet -o maps "$long" | sed -E 's/n{200,}/N/g' | grep -o '"files":.*}'
ls maps | awk '{ print length($0) }'
"$RWDA" map --model demo --object wood --quiet -o maps "$long" >/dev/null 2>&1
echo "exit $?"
"$RWDA" report --model demo --method clip --quiet --maps maps -o r.html "$long"
echo "exit $?"
ln -s nothing dangling
"$RWDA" score --model demo --method clip --quiet -o dangling no/such/image.jpg 2>&1 | say
"$RWDA" train --model demo --pairs 20000 --quiet -o dangling 2>&1 | say
score -f -o dangling "$image"
cmp a.csv dangling && [ ! -e nothing ] && [ ! -L dangling ] && echo 'replaced'
name=$(printf 'o%.0s' $(seq 255))
score -o "$name" "$image"
score -f -o "$name" "$image"
cmp a.csv "$name"
(umask 027; score -f -o "$name" "$image"; stat -c %a "$name")
