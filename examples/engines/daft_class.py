"""daft_class.py IMAGES OUT - Daft: a class that holds the model as a function of a column; OUT is Parquet of path, score, error."""
import os
import pathlib
import sys

import daft
from daft import DataType

SCORED = DataType.struct({"score": DataType.float32(), "error": DataType.string()})


@daft.cls(max_concurrency=len(os.sched_getaffinity(0)), use_process=True)
class Score:
    def __init__(self):
        import rwda

        self.scorer = rwda.Scorer(rwda.Model(threads=1))

    @daft.method.batch(return_dtype=SCORED, batch_size=256)
    def __call__(self, path):
        scores, errors = self.scorer.score_each(path.to_pylist())
        return [{"score": None if error else float(score), "error": error} for score, error in zip(scores, errors)]


def main(images, out):
    paths = sorted(str(path) for path in pathlib.Path(images).rglob("*.png"))
    scored = daft.from_pydict({"path": paths}).with_column("scored", Score()(daft.col("path")))
    scored.select("path", scored["scored"].get("score").alias("score"), scored["scored"].get("error").alias("error")).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
