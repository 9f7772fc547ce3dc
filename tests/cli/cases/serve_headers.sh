# Requests that a proxy and this service could read differently, or that a foreign page sends, are refused with a reason.
. "$CASES/serve.inc" || exit 9
serve
host='Host: localhost'
raw() { # NAME, the request in printf's words: status and reason, then how many answers came in all
    exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return
    # shellcheck disable=SC2059
    (trap '' PIPE; printf "$2" >&3 2>/dev/null)
    timeout 5 cat <&3 >answer 2>/dev/null
    echo "$1: $(head -1 answer | tr -d '\r' | cut -d' ' -f2) $(sed -n 's/.*"detail":"\(.*\)","request_id.*/\1/p' answer) ($(grep -c '^HTTP/' answer))"
    exec 3>&-
}
raw 'HTTP/1.0 without Host' 'GET /v1/info HTTP/1.0\r\n\r\n'
raw 'HTTP/1.0 without Host, of a page' 'GET /v1/info HTTP/1.0\r\nOrigin: http://elsewhere.example\r\n\r\n'
raw 'health without Host, of a page' 'GET /healthz HTTP/1.0\r\nOrigin: http://elsewhere.example\r\n\r\n'
raw 'health without Host' 'GET /healthz HTTP/1.0\r\n\r\n'
raw 'HTTP/1.0 with Host' "GET /v1/info HTTP/1.0\r\n$host\r\n\r\n"
raw 'two Hosts' "GET /v1/info HTTP/1.1\r\n$host\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n"
raw 'two Origins' "GET /v1/info HTTP/1.1\r\n$host\r\nOrigin: http://localhost\r\norigin: http://elsewhere.example\r\nConnection: close\r\n\r\n"
raw 'two Authorizations' "GET /v1/info HTTP/1.1\r\n$host\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\nConnection: close\r\n\r\n"
raw 'a space before the colon' "POST /v1/score HTTP/1.1\r\n$host\r\nContent-Length : 3\r\n\r\nabcGET /healthz HTTP/1.1\r\n$host\r\nConnection: close\r\n\r\n"
raw 'a tab before the colon' "POST /v1/score HTTP/1.1\r\n$host\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"
raw 'a letter that no name has' "GET /v1/info HTTP/1.1\r\n$host\r\nX(y: z\r\nConnection: close\r\n\r\n"
raw 'a folded length' "POST /v1/score HTTP/1.1\r\n$host\r\nContent-Length: 3\r\n 5\r\n\r\nabc"
raw 'a folded length, with a tab' "POST /v1/score HTTP/1.1\r\n$host\r\nX: y\r\n\tContent-Length: 3\r\n\r\nabc"
raw 'folded, harmless' "GET /v1/info HTTP/1.1\r\n$host\r\nX: y\r\n z\r\nConnection: close\r\n\r\n"
raw 'folded at once' "GET /v1/info HTTP/1.1\r\n X: y\r\n$host\r\nConnection: close\r\n\r\n"
raw 'nothing of that' "GET /v1/info HTTP/1.1\r\n$host\r\nX-Y:z\r\nX-Z: \t a b \r\nEmpty:\r\nConnection: close\r\n\r\n"
echo '--- options'
for n in 128 129 500 2000; do
    raw "$n" "GET /healthz?$(seq -s '&' "$n") HTTP/1.1\r\n$host\r\nConnection: close\r\n\r\n"
done
echo '--- boundaries'
for boundary in '' x '"x"' xy; do
    printf -- '--%s\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' "$(echo "$boundary" | tr -d '"')" >form
    cat "$ROOT/samples/good/wood.jpg" >>form
    printf -- '\r\n--%s--\r\n' "$(echo "$boundary" | tr -d '"')" >>form
    echo "boundary $boundary: $(code -H "Content-Type: multipart/form-data; boundary=$boundary" --data-binary @form "$URL/v1/score") $(grep -o '"detail":"[^"]*"' body)"
done
stop
