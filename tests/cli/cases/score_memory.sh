# Scores beside a memory: what a record says, the same for any threads and from one step, words beside it, maps, what does not go together.
score() { "$RWDA" score --model demo --quiet "$@"; }
field() { sed -E 's/.*"'"$1"'":([^,}]*).*/\1/'; }
hide() { sed -E 's/[0-9a-f]{64}/H/g; s/"(score|score_fnn|logit|score_memory|decode|encode|total|max|mean|scale|temperature)":-?[0-9.e-]+/"\1":N/g'; }
mkdir normal new
for name in wood grid leather cookie; do cp "$ROOT/samples/good/$name.jpg" normal; done
cp "$ROOT/samples/defect/wood_hole.jpg" "$ROOT/samples/good/zipper.jpg" new
"$RWDA" remember --model demo --quiet --image-size 64 -o m.safetensors normal
echo "-- a record"
score --memory m.safetensors new/wood_hole.jpg | hide
echo "-- an image of the memory finds itself"
score --memory m.safetensors normal/wood.jpg | field score | awk '{ print ($1 < 1e-6 ? "near 0" : $1) }'
echo "-- the same for threads, batch and company, and in one step"
score --memory m.safetensors new normal | sed -E 's/,"ms".*//' >all
score --memory m.safetensors --threads 1 --batch 1 new normal | sed -E 's/,"ms".*//' | cmp - all && echo same
for image in new/* normal/*; do score --memory m.safetensors "$image" | sed -E 's/,"ms".*//'; done | cmp - all && echo same
mkdir more && mv normal/wood.jpg more
score --normal normal --normal more --image-size 64 new more normal | field score_memory | sort >one_step
field score_memory <all | sort | cmp - one_step && echo same
mv more/wood.jpg normal
score --memory m.safetensors --format csv new | sed -E 's/0\.[0-9]+/N/'
score --memory m.safetensors --format table new | sed -E 's/0\.[0-9]+/N/'
find new -type f | sort | score --memory m.safetensors - | field path
echo "-- one that cannot be read"
head -c 900 normal/grid.jpg >cut.jpg
score --memory m.safetensors cut.jpg new/zipper.jpg 2>/dev/null | grep -oE '"path":"[^"]*"|"error":\{"code":"[A-Z_]*"|"score_memory"'; echo "exit ${PIPESTATUS[0]}"
echo "-- words beside it"
"$RWDA" train --model demo --quiet --pairs 50 --epochs 1 --hidden 4 -o d.safetensors
score --memory m.safetensors --fuse 0.25 -d d.safetensors new/zipper.jpg | hide
[ "$(score --memory m.safetensors --fuse 0.25 -d d.safetensors new | field score_memory)" = "$(score --memory m.safetensors new | field score_memory)" ] && echo same distance
[ "$(score --memory m.safetensors --fuse 0.25 -d d.safetensors new | field score_fnn)" = "$(score -d d.safetensors --resize squash new | field score_fnn)" ] && echo same words
score --memory m.safetensors --fuse 0 new | sed -E 's/,"ms".*//' | diff - <(head -2 all) && echo 0 is the memory alone
score --normal normal --image-size 64 --fuse 0.5 --method clip --crops 2x2 --object wood new/zipper.jpg | grep -oE '"method":"[^"]*"|"(object|crops|words|fuse)":[^,]*'
echo "-- maps"
score --memory m.safetensors --map maps --map-write npy,overlay new | grep -oE '"map":\{.*\}\}' | hide
"$RWDA" map --model demo --quiet --memory m.safetensors --write npy -o other new >/dev/null
for file in maps/*.npy; do cmp $file other/${file#maps/} && echo same map; done
"$RWDA" map --model demo --quiet --normal normal --image-size 64 --write npy -o third new >/dev/null && cmp maps/wood_hole.jpg.map.npy third/wood_hole.jpg.map.npy && echo same map
"$RWDA" map --model demo --quiet --memory m.safetensors --fuse 0.5 --method clip --mode patches -o words new/zipper.jpg | grep -oE '"kind":"[a-z]*"|"scale"'
echo "-- what does not go together"
refused() { "$RWDA" "$@" --quiet 2>&1 >/dev/null | sed -E 's/^rwda: //; s/[0-9a-f]{64}/H/g'; echo "exit ${PIPESTATUS[0]}"; }
m="--memory m.safetensors"
refused score --model demo $m --normal normal new
refused score --model demo $m --mutual new
refused score --model demo --normal normal --mutual new
refused score --model demo --fuse 0.5 --method clip new
refused score --model demo --references 3 new
refused score --model demo $m --references 3 new
refused score --model demo $m --fuse 2 new
refused score --model demo $m --fuse half new
refused score --model demo $m --fuse 0.5 -d d.safetensors --crops 2x2 new
refused score --model demo $m -d d.safetensors new
refused score --model demo $m --method clip new
refused score --model demo $m --object wood new
refused score --model demo $m --crops 2x2 new
refused score --model demo $m --image-size 64 new
refused score --model demo --normal normal --image-size 100 new
refused score --model demo --normal missing new
refused score --model demo --normal new --normal cut.jpg --fuse 0.5 -d d.safetensors new
refused score --model demo $m --map x --map-mode patches new
refused score --model demo $m --map x --map-tile 64 new
refused score --model demo -d d.safetensors --map x --map-mode memory new
refused map --model demo -o x $m --mode windows new
refused map --model demo -o x $m --mode heat new
refused map --model demo -o x --fuse 0.5 new
refused score --model demo --memory missing.safetensors new
refused score --model demo --memory d.safetensors new
refused score --model demo --memory new/zipper.jpg new
refused score --model demo --memory m.safetensors --cpu none new
refused score --model demo --normal $'normal\nnew' new
"$RWDA" remember --model demo --quiet --image-size 64 --no-words -o plain.safetensors normal
refused score --model demo --memory plain.safetensors --fuse 0.5 -d d.safetensors new
"$RWDA" remember --model demo --quiet --image-size 64 -o one.safetensors normal/wood.jpg
refused score --model demo --memory one.safetensors --fuse 0.5 -d d.safetensors new
score --memory one.safetensors new/zipper.jpg | grep -c '"score_memory":0'
[ ! -e x ] || echo "x is there"
