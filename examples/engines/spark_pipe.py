"""spark_pipe.py IMAGES OUT - Spark: the program in RDD.pipe(), a process a partition; OUT/part-*, in their order, are its JSON lines.

Needs Java and pyspark; `rwda` and the images are where each executor finds them.  As many processes start as there are partitions.
"""
import os
import pathlib
import sys

from pyspark.sql import SparkSession

# Spark calls no shell, hands out no environment, and ends the job by an exit code; 1 says only that some images could not be read.
COMMAND = "sh -c 'rwda score --quiet --threads 1 --lines paths || [ $? -eq 1 ]'"


def main(images, out):
    paths = sorted(str(path) for path in pathlib.Path(images).rglob("*.png"))
    spark = SparkSession.builder.appName("rwda").getOrCreate()
    lines = spark.sparkContext.parallelize(paths).pipe(COMMAND, env=dict(os.environ), checkCode=True)
    lines.saveAsTextFile(out)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
