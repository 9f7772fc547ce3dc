"""faiss_worker.py - FAISS's exact search, warm and waiting: a run for each line on standard input, a JSON line for each?

    faiss_worker.py BANK QUERIES DEPTH IMAGES PATCHES THREADS BLOCK [OUT]

As nearest_time.c with `all`; BLOCK: rows of the bank in one matrix product (FAISS's own: 1024)."""
import json
import resource
import sys
import time

import faiss
import numpy as np


def main():
    bank, queries = sys.argv[1:3]
    depth, images, patches, threads, block = map(int, sys.argv[3:8])
    faiss.omp_set_num_threads(threads)
    faiss.cvar.distance_compute_blas_database_bs = block
    index = faiss.IndexFlatIP(depth)
    index.add(np.memmap(bank, np.float32, "r", shape=(images * patches, depth)))
    x = np.fromfile(queries, np.float32, patches * depth).reshape(patches, depth)
    best, _ = index.search(x, 1)
    if len(sys.argv) > 8:
        best.tofile(sys.argv[8])
        return
    print(json.dumps({"ready": True, "items": patches}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        index.search(x, 1)
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "items": patches, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
