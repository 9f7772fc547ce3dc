# What the front page says of the shipped model holds of it: samples are told apart by words, new boards by six remembered ones.
unset XDG_DATA_HOME # not the model for tests
"$RWDA" score --quiet --format csv -o words.csv "$ROOT/samples"
awk -F, 'NR > 1 { n++; if ($1 ~ /good/) { g++; if ($2 < 0.5) low++ } else { b++; if ($2 > 0.5) high++ } } END { print n " scored"; exit !(low >= g - 2 && high >= b - 2) }' words.csv && echo "nearly all on the right side of 0.5"
"$RWDA" remember --quiet -o boards.safetensors "$ROOT/samples_wood/normal"
"$RWDA" calibrate --quiet --memory boards.safetensors -o boards.json 2>/dev/null
"$RWDA" score --quiet --memory boards.safetensors --threshold boards.json --format table "$ROOT/samples_wood/new" | awk '{ print $3, $2 }' | sed 's#[^ ]*/##'
