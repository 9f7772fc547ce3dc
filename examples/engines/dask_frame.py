"""dask_frame.py IMAGES OUT - Dask: partitions of a data frame through one scorer a worker; OUT is Parquet of path, score, error."""
import os
import pathlib
import sys

import dask.dataframe as dd
import pandas as pd
import rwda
from distributed import Client, LocalCluster

COLUMNS = {"path": "string", "score": "float32", "error": "string"}


def score(rows, scorer):  # it is sent by the model's path, and a worker opens that once
    scores, errors = scorer.score_each(rows["path"].tolist())
    return pd.DataFrame({"path": rows["path"], "score": scores, "error": errors}).astype(COLUMNS)


def main(images, out):
    paths = sorted(str(path) for path in pathlib.Path(images).rglob("*.png"))
    workers = len(os.sched_getaffinity(0))
    scorer = rwda.Scorer(rwda.Model(threads=1))
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        rows = dd.from_pandas(pd.DataFrame({"path": paths}, dtype="string"), npartitions=max(4 * workers, len(paths) // 1000))
        rows.map_partitions(score, scorer, meta=pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})).to_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
