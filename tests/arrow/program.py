"""program.py - do pyarrow, polars and DuckDB read what rwda writes as Arrow, and does it read theirs?  $RWDA is the program."""
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import duckdb
import numpy
import polars
import pyarrow
import pyarrow.parquet

RWDA = os.environ["RWDA"]
SAMPLES = sorted(str(p) for p in (pathlib.Path(__file__).parents[2] / "samples").glob("*/*.jpg"))
SCORE = ["score", "--model", "demo", "--method", "clip", "--quiet"]


def run(arguments, stdin=b"", code=0, **options):
    done = subprocess.run([RWDA, *arguments], input=stdin, capture_output=True, timeout=300, **options)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit {done.returncode}, not {code}: {done.stderr.decode()}")
    return done


def read(stream):
    table = pyarrow.ipc.open_stream(stream).read_all()
    table.validate(full=True)
    return table


def stream(table, batch=None):
    out = io.BytesIO()
    with pyarrow.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch)
    return out.getvalue()


def images(**more):
    return pyarrow.table({"image": pyarrow.array([pathlib.Path(f).read_bytes() for f in SAMPLES], pyarrow.binary()), "path": SAMPLES, **more})


def records(output):
    return [json.loads(line) for line in output.decode().splitlines()]


class Score(unittest.TestCase):
    def test_the_same_as_json(self):
        wanted = records(run([*SCORE, *SAMPLES, "--threshold", "0.5"]).stdout)
        from_files = read(run([*SCORE, *SAMPLES, "--threshold", "0.5", "--format", "arrow"]).stdout)
        from_bytes = read(run([*SCORE, "--threshold", "0.5", "--format", "arrow", "--arrow", "auto"], stream(images(), 5)).stdout)
        from_paths = read(run([*SCORE, "--threshold", "0.5", "--format", "arrow", "--arrow", "path"], stream(images(), 5)).stdout)
        for table in (from_files, from_bytes, from_paths):
            rows = table.to_pylist()
            self.assertEqual(len(rows), len(wanted))
            for row, record in zip(rows, wanted):
                for key in ("path", "width", "height", "label", "threshold", "p_value", "detector", "model"):
                    self.assertEqual(row[key], record[key], key)
                for key in ("score", "logit", "score_fnn", "score_clip"):
                    self.assertEqual(row[key], None if record[key] is None else float(numpy.float32(record[key])), key)
                self.assertEqual(json.loads(row["scoring"]), record["scoring"])
                self.assertIsNone(row["error"])
                self.assertGreater(row["ms_total"], 0)

    def test_large_types_and_any_batches(self):
        wanted = read(run([*SCORE, "--format", "arrow", "--arrow", "auto"], stream(images())).stdout)["score"].to_pylist()
        large = images().cast(pyarrow.schema([("image", pyarrow.large_binary()), ("path", pyarrow.large_string())]))
        for table, batch in ((large, None), (images(), 1), (images(), 7)):
            self.assertEqual(read(run([*SCORE, "--format", "arrow", "--arrow", "image"], stream(table, batch)).stdout)["score"].to_pylist(), wanted)

    def test_what_stands_beside_goes_along(self):
        n = len(SAMPLES)
        table = images(id=range(n), who=["\u00e9"] * n, tags=[["a"]] * n)
        done = run(["score", "--model", "demo", "--method", "clip", "--arrow", "image", "--format", "arrow"], stream(table))
        self.assertIn(b"columns that records do not have: tags", done.stderr)
        self.assertEqual([json.loads(g) for g in read(done.stdout)["given"].to_pylist()], [{"id": i, "who": "\u00e9"} for i in range(n)])
        self.assertEqual([r["given"]["id"] for r in records(run([*SCORE, "--arrow", "image"], stream(table)).stdout)], list(range(n)))

    def test_rows_that_are_wrong(self):
        good = pathlib.Path(SAMPLES[0]).read_bytes()
        table = pyarrow.table({"image": pyarrow.array([good, None, b"", b"x", good], pyarrow.binary()), "id": [1, 2, 3, 4, None]})
        rows = read(run([*SCORE, "--arrow", "auto", "--format", "arrow"], stream(table), code=1).stdout).to_pylist()
        self.assertEqual([r["path"] for r in rows], ["1", "2", "3", "4", "row 4"])
        self.assertEqual([r["error_code"] for r in rows], [None, "RWDA_EINVAL", "RWDA_EINVAL", "RWDA_EFORMAT", None])
        self.assertEqual([r["score"] is None for r in rows], [False, True, True, True, False])
        paths = pyarrow.table({"path": [SAMPLES[0], "lost.png", None, "a\0b"]})
        rows = read(run([*SCORE, "--arrow", "path", "--format", "arrow"], stream(paths), code=1).stdout).to_pylist()
        self.assertEqual([r["path"] for r in rows], [SAMPLES[0], "lost.png", "row 2", "row 3"])
        self.assertEqual([r["error_code"] for r in rows], [None, "RWDA_ENOTFOUND", "RWDA_EINVAL", "RWDA_EINVAL"])

    def test_streams_that_are_damaged(self):
        whole = stream(images(), 4)
        rows = read(run([*SCORE, "--arrow", "image", "--format", "arrow"], whole[:len(whole) // 2], code=1).stdout).to_pylist()
        self.assertIn("it ends after", rows[-1]["error"])
        self.assertEqual([r["error"] for r in rows[:-1]], [None] * (len(rows) - 1))
        self.assertIn("it ends after", records(run([*SCORE, "--arrow", "image"], whole[:len(whole) // 2], code=1).stdout)[-1]["error"]["message"])
        done = run(["score", "--model", "demo", "--method", "clip", "--arrow", "image"], whole[:-8])
        self.assertIn(b"without an end mark", done.stderr)
        for junk in (b"", b"hello, this is no stream", bytes(100)):
            self.assertIn("Arrow stream: message 1", records(run([*SCORE, "--arrow", "auto"], junk, code=1).stdout)[0]["error"]["message"])
        zipped = io.BytesIO()
        with pyarrow.ipc.new_stream(zipped, images().schema, options=pyarrow.ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_table(images())
        self.assertIn("compressed", records(run([*SCORE, "--arrow", "image"], zipped.getvalue(), code=1).stdout)[0]["error"]["message"])

    def test_what_is_refused(self):
        for arguments in (["--arrow", "nothing"], ["--arrow", "auto", "--lines", "paths"], ["--arrow", "auto", "--mutual"],
                          ["--arrow", "auto", SAMPLES[0]], ["--format", "arrow", "--resume", "-o", "x"]):
            run([*SCORE, *arguments], stream(images()), code=2)
        self.assertIn(b"is an Arrow stream: --arrow COLUMN", run([*SCORE, "-"], stream(images()), code=2).stderr)

    def test_each_batch_is_answered(self):
        for rows in (1, 3, 16, 17):
            program = subprocess.Popen([RWDA, *SCORE, "--arrow", "image", "--format", "arrow"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.addCleanup(program.stdout.close)
            table = images().slice(0, 17)
            asked, answers = pyarrow.ipc.new_stream(program.stdin, table.schema), None
            for _ in range(3):
                asked.write_table(table.slice(0, rows))
                program.stdin.flush()
                answers = answers or pyarrow.ipc.open_stream(program.stdout)
                got = 0
                while got < rows:
                    got += answers.read_next_batch().num_rows
                self.assertEqual(got, rows)
            asked.close()
            program.stdin.close()
            with self.assertRaises(StopIteration):
                answers.read_next_batch()
            self.assertEqual(program.wait(), 0)

    def test_a_file_and_parquet(self):
        with tempfile.TemporaryDirectory() as folder:
            run([*SCORE, *SAMPLES, "--format", "arrow", "-o", "scores.arrows"], cwd=folder)
            for number, line in enumerate((  # as docs/scale.md has them
                    "import sys, pyarrow as pa, pyarrow.parquet as pq; "
                    "pq.write_table(pa.ipc.open_stream(sys.stdin.buffer).read_all(), '0.parquet')",
                    "import sys, duckdb, pyarrow as pa; duckdb.from_arrow(pa.ipc.open_stream(sys.stdin.buffer)).write_parquet('1.parquet')")):
                with open(f"{folder}/scores.arrows", "rb") as scores:
                    subprocess.run([sys.executable, "-c", line], cwd=folder, stdin=scores, check=True)
                self.assertEqual(duckdb.sql(f"SELECT count(*), count(score) FROM '{folder}/{number}.parquet'").fetchall(), [(len(SAMPLES),) * 2])


class Others(unittest.TestCase):
    def test_polars(self):
        out = io.BytesIO()
        polars.DataFrame({"path": SAMPLES, "n": range(len(SAMPLES))}).write_ipc_stream(out, compat_level=polars.CompatLevel.oldest())
        frame = polars.read_ipc_stream(io.BytesIO(run([*SCORE, "--arrow", "path", "--format", "arrow"], out.getvalue()).stdout))
        self.assertEqual(frame["path"].to_list(), SAMPLES)
        self.assertTrue(frame["score"].is_between(0, 1).all())

    def test_duckdb(self):
        files = pyarrow.table({"file": SAMPLES})
        table = duckdb.sql("SELECT file AS path, row_number() OVER () AS id FROM files").to_arrow_table()
        scores = read(run([*SCORE, "--arrow", "path", "--format", "arrow"], stream(table)).stdout)
        best = duckdb.sql("SELECT path, given->>'id' AS id FROM scores ORDER BY score DESC LIMIT 3").fetchall()
        wanted = sorted(records(run([*SCORE, *SAMPLES]).stdout), key=lambda r: -r["score"])[:3]
        self.assertEqual([b[0] for b in best], [w["path"] for w in wanted])


class Embed(unittest.TestCase):
    def test_the_same_as_npy(self):
        embed = ["embed", "--model", "demo", "--quiet", "-o", "-"]
        wanted = numpy.load(io.BytesIO(run([*embed, *SAMPLES]).stdout))
        table = read(run([*embed, "--format", "arrow", *SAMPLES]).stdout)
        self.assertEqual(table.schema.field("embedding").type, pyarrow.list_(pyarrow.float32(), wanted.shape[1]))
        self.assertTrue((numpy.stack(table["embedding"].to_numpy()) == wanted).all())
        table = read(run([*embed, "--format", "arrow", "--arrow", "image"], stream(images(), 4)).stdout)
        self.assertTrue((numpy.stack(table["embedding"].to_numpy()) == wanted).all())
        crops = numpy.load(io.BytesIO(run([*embed, "--crops", "2x2", SAMPLES[0]]).stdout))
        table = read(run([*embed, "--crops", "2x2", "--format", "arrow", SAMPLES[0], "lost.png", SAMPLES[0]], code=1).stdout)
        self.assertEqual(table["crop"].to_pylist(), [*range(len(crops)), None, *range(len(crops))])
        self.assertEqual(table["embedding"].is_null().to_pylist(), [False] * len(crops) + [True] + [False] * len(crops))
        self.assertTrue((numpy.stack(table["embedding"].drop_null().to_numpy()) == numpy.concatenate([crops, crops])).all())

    def test_clip_retrieval(self):
        wanted = dict(zip(SAMPLES, numpy.load(io.BytesIO(run(["embed", "--model", "demo", "--quiet", "-o", "-", *SAMPLES]).stdout))))
        with tempfile.TemporaryDirectory() as folder:
            for i in range(2):
                run(["embed", "--model", "demo", "--quiet", "--layout", "clip-retrieval", "-o", folder, "--shard", f"{i}/2", *SAMPLES])
            found = {}
            for i in range(2):
                rows = numpy.load(f"{folder}/img_emb/img_emb_{i}.npy")
                duckdb.read_json(f"{folder}/metadata/metadata_{i}.jsonl").write_parquet(f"{folder}/metadata/metadata_{i}.parquet")
                names = pyarrow.parquet.read_table(f"{folder}/metadata/metadata_{i}.parquet")["image_path"].to_pylist()
                self.assertEqual(len(names), len(rows))
                found.update(zip(names, rows))
            self.assertEqual(found.keys(), wanted.keys())
            self.assertTrue(all((found[name] == wanted[name]).all() for name in wanted))
            run(["embed", "--model", "demo", "--quiet", "--layout", "clip-retrieval", "-o", folder, "--shard", "0/2", *SAMPLES], code=5)
        with tempfile.TemporaryDirectory() as folder:  # a row less where an image failed, and what stood beside it
            n = len(SAMPLES)
            table = images(id=range(n)).set_column(0, "image", pyarrow.array([None] + images()["image"].to_pylist()[1:], pyarrow.binary()))
            run(["embed", "--model", "demo", "--quiet", "--layout", "clip-retrieval", "-o", folder, "--arrow", "image"], stream(table), code=1)
            self.assertEqual(numpy.load(f"{folder}/img_emb/img_emb_0.npy").shape[0], n - 1)
            lines = records(pathlib.Path(folder, "metadata/metadata_0.jsonl").read_bytes())
            self.assertEqual(lines[0], {"image_path": SAMPLES[1], "id": 1})
            self.assertEqual(len(lines), n - 1)


if __name__ == "__main__":
    unittest.main()
