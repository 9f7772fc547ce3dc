# Lists on standard input, lines or NUL, and directories give the same records in order.
cd "$ROOT/samples" || exit 1
find good -name '*.jpg' | sort | "$RWDA" score --model demo --method clip --format csv --quiet - >"$OLDPWD/a"
find good -name '*.jpg' -print0 | sort -z | "$RWDA" score --model demo --method clip --format csv --quiet -0 - >"$OLDPWD/b"
"$RWDA" score --model demo --method clip --format csv --quiet good >"$OLDPWD/c"
cmp "$OLDPWD/a" "$OLDPWD/b" && cmp "$OLDPWD/a" "$OLDPWD/c" && wc -l <"$OLDPWD/a"
cat good/wood.jpg | "$RWDA" score --model demo --method clip --quiet - 2>&1 | sed 's/^rwda: //'
echo "exit ${PIPESTATUS[1]}"
printf 'one\033[31m\nlost.png\n' | "$RWDA" score --model demo --method clip --quiet --json - 2>&1 >/dev/null | sed 's/^rwda: //'
