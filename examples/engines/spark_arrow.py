"""spark_arrow.py IMAGES OUT - Spark: the Python package in mapInArrow(), a scorer a task; OUT is Parquet of path, score, error.

Needs Java, pyspark, pyarrow, pandas and rwda wherever an executor runs.
"""
import pathlib
import sys

import pyarrow as pa
from pyspark.sql import SparkSession

SCHEMA = pa.schema([("path", pa.string()), ("score", pa.float32()), ("error", pa.string())])


def score(batches):
    import rwda

    scorer = rwda.Scorer(rwda.Model(threads=1))  # the CPU that Spark counts for a task
    for batch in batches:
        paths = batch.column("path").to_pylist()
        scores, errors = scorer.score_each(paths)
        yield pa.record_batch([pa.array(paths), pa.array(scores, from_pandas=True), pa.array(errors, pa.string())], schema=SCHEMA)


def main(images, out):
    paths = sorted(str(path) for path in pathlib.Path(images).rglob("*.png"))
    spark = SparkSession.builder.appName("rwda").config("spark.sql.execution.arrow.maxRecordsPerBatch", 256).getOrCreate()
    rows = spark.createDataFrame([(path,) for path in paths], "path string").repartition(spark.sparkContext.defaultParallelism)
    rows.mapInArrow(score, "path string, score float, error string").write.option("compression", "gzip").parquet(out)  # Java alone: Snappy fails where musl is installed too
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
