"$RWDA" scroe
