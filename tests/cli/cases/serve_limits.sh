# Bytes, pixels, images and seconds are bounded; rubbish and stalled clients harm nobody else.
. "$CASES/serve.inc" || exit 9
serve --max-body 1 --max-pixels 1 --max-images 2 --request-seconds 1 --idle-seconds 1
image=$ROOT/samples/good/wood.jpg
well() { echo "still well: $(code --data-binary @"$image" "$URL/v1/score")"; }
post() { echo "$(code "$@") $(detail)"; }
head -c 2000000 /dev/zero >big
post --data-binary @big "$URL/v1/score"
post -H 'Transfer-Encoding: chunked' --data-binary @big "$URL/v1/score"
post -F image=@big "$URL/v1/score"
post -H 'Expect: 100-continue' --data-binary @big "$URL/v1/score"
printf 'P5\n60000 60000\n255\n' >huge.pgm
post --data-binary @huge.pgm "$URL/v1/score"
{ printf 'P5\n1 60000\n255\n'; head -c 60000 /dev/zero; } >long.pgm
post --data-binary @long.pgm "$URL/v1/score?resize=tiles"
post -F images=@"$image" -F images=@"$image" -F images=@"$image" "$URL/v1/score:batch"
raw() { # NAME, bytes from standard input; the first line that comes back, or nothing when the connection is just closed
    exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return
    (trap '' PIPE; cat >&3 2>/dev/null)
    echo "$1: $(timeout 5 cat <&3 2>/dev/null | head -1 | tr -d '\r\0')"
    exec 3>&-
}
echo '--- rubbish'
printf 'rubbish\r\n\r\n' | raw 'no HTTP'
printf '\026\003\001\002\0\001\0\001\374\003\003' | raw 'TLS'
head -c 100000 /dev/urandom | raw 'noise' >/dev/null
printf 'POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde' | raw 'two lengths'
printf 'POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' | raw 'a length and chunks'
printf 'GET /v1/info?%%ff=%%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | raw 'no UTF-8 in the query'
well
echo '--- stalled: headers, body, a drop at a time'
(exec 3<>"/dev/tcp/127.0.0.1/$PORT"; printf 'GET /heal' >&3; timeout 20 cat <&3; echo "headers: $?" >headers) &
pids=$!
(exec 3<>"/dev/tcp/127.0.0.1/$PORT"; printf 'POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc' >&3
    timeout 20 cat <&3; echo "body: $?" >drops_of_body) &
pids="$pids $!"
(trap '' PIPE; exec 3<>"/dev/tcp/127.0.0.1/$PORT"; cut='never cut'
    for _ in $(seq 50); do printf 'x' >&3 || { cut='cut'; break; }; sleep 0.2; done 2>/dev/null
    echo "a drop at a time: $cut" >drops) &
pids="$pids $!"
well
# shellcheck disable=SC2086
wait $pids
cat headers drops_of_body drops
well
stop
