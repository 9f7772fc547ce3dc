"$RWDA" score --model demo --method clip --threshold 0 --fail-on-anomaly --quiet --format table "$ROOT/samples/good/wood.jpg" | sed -E 's/ *[0-9.]+  .*samples/S/'
exit "${PIPESTATUS[0]}"
