"""ray_data.py IMAGES OUT - Ray Data: map_batches() with actors that hold the model; OUT is Parquet of path, score, error."""
import pathlib
import sys

import ray


class Score:
    """One actor on one CPU, for as long as there are batches."""

    def __init__(self):
        import rwda

        self.scorer = rwda.Scorer(rwda.Model(threads=1))

    def __call__(self, batch):
        paths = batch["path"].tolist()
        scores, errors = self.scorer.score_each(paths)
        return {"path": paths, "score": scores, "error": [error or "" for error in errors]}


def main(images, out):
    paths = sorted(str(path) for path in pathlib.Path(images).rglob("*.png"))
    ray.init()
    actors = int(ray.cluster_resources()["CPU"])
    rows = ray.data.from_items([{"path": path} for path in paths], override_num_blocks=4 * actors)
    rows.map_batches(Score, batch_size=256, num_cpus=1, compute=ray.data.ActorPoolStrategy(size=actors)).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
