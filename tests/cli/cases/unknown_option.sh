"$RWDA" score --colour red
