# The Open Inference Protocol in JSON (tests/http has Triton's own client, with binary tensors).
. "$CASES/serve.inc" || exit 9
"$RWDA" train --model demo --pairs 100 --epochs 1 --no-cache --quiet -o d.safetensors
serve -d d.safetensors
a=$ROOT/samples/good/wood.jpg b=$ROOT/samples/defect/wood_hole.jpg
infer() { curl -s -m 120 -H 'Content-Type: application/json' --data-binary @request "$URL/v2/models/$1/infer" >answer; }
printf '{"id":"7","inputs":[{"name":"image","datatype":"BYTES","shape":[2],"data":["%s","%s"]}],"parameters":{"threshold":0.2}}' \
    "$(base64 -w0 "$a")" "$(base64 -w0 "$b")" >request
infer rwda
sed -E 's/"data":\[[0-9.,e-]+\]/"data":SCORES/' answer; echo
"$RWDA" score -d d.safetensors --quiet "$a" "$b" | sed -E 's/.*"score":([^,]*),.*/\1/' | paste -sd, >want
{ sed -E 's/.*"score","datatype":"FP32","shape":\[2\],"data":\[([^]]*)\].*/\1/' answer; echo; } | cmp - want && echo same
refuse() { printf '%s' "$1" >request; infer rwda; field error <answer; }
refuse '{}'
refuse '{"inputs":[{"name":"picture","datatype":"BYTES","shape":[1],"data":["AAAA"]}]}'
refuse '{"inputs":[{"name":"image","datatype":"FP32","shape":[1],"data":[1]}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[2],"data":["AAAA"]}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["?"]}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AAAA"]}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AAAA"]}],"outputs":[{"name":"map"}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":8}}]}'
refuse '{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["AAAA"]}],"parameters":{"speed":9}}'
binary() { # HEADER LENGTH, JSON, BYTES
    { printf '%s' "$2"; printf "$3"; } >request
    curl -s -m 120 -H "Inference-Header-Content-Length: $1" --data-binary @request "$URL/v2/models/rwda/infer" | field error
}
json='{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":6}}]}'
binary ${#json} "$json" '\377\377\377\377ab'
binary ${#json} "$json" '\001\0\0\0ab'
binary ${#json} "$json" 'ab'
binary 9999 "$json" ''
binary -1 "$json" ''
stop
