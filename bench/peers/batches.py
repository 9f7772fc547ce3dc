"""batches.py - how does a careful user batch texts for an encoder that wants rectangles?"""
import numpy as np

BATCH = 16  # texts: larger ones bring ONNX Runtime nothing here, and waste more where lengths differ


def batches(ids, pad):
    """ids: lists of tokens -> [(rows, array [n, tokens])]; pad: a length, or 0: sorted by length, each batch cut to its longest."""
    order = range(len(ids)) if pad else sorted(range(len(ids)), key=lambda i: len(ids[i]))
    order, made = list(order), []
    for at in range(0, len(order), BATCH):
        rows = order[at:at + BATCH]
        table = np.zeros((len(rows), pad or max(len(ids[i]) for i in rows)), np.int64)
        for row, i in zip(table, rows):
            row[:len(ids[i])] = ids[i]
        made.append((rows, table))
    return made


def run_all(encode, made, count):
    first = encode(made[0][1])
    out = np.empty((count, first.shape[1]), np.float32)
    out[made[0][0]] = first
    for rows, table in made[1:]:
        out[rows] = encode(table)
    return out
