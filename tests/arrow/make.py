"""make.py FOLDER - small Arrow streams as others write them, for test_arrow.c and as seeds of fuzz_arrow.  With pyarrow of requirements.txt.

streams/ has what `make.py streams` wrote."""
import pathlib
import sys

import pyarrow as pa

here = pathlib.Path(__file__).parent
out = pathlib.Path(sys.argv[1])
images = [b"an image", None, b"", b"another"]
paths = ["a.png", "b.png", None, "d\u00e9.png"]
ids = [7, None, -3, 2**40]


def write(name, table, batch=None, as_file=False, **options):
    opened = pa.ipc.new_file if as_file else pa.ipc.new_stream
    with opened(out / name, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=batch)


whole = pa.table({"image": pa.array(images, pa.binary()), "path": paths, "id": pa.array(ids, pa.int64()),
                  "good": pa.array([True, False, None, True]), "weight": pa.array([1.5, None, float("nan"), -2.0], pa.float32()),
                  "tags": pa.array([["x"], [], None, ["y", "z"]]), "when": pa.array([0, 1, 2, None], pa.timestamp("us"))})
write("bytes.arrows", whole, batch=3)
write("file.arrow", whole, as_file=True)
write("large.arrows", pa.table({"content": pa.array(images, pa.large_binary()), "key": pa.array(paths, pa.large_string())}))
write("paths.arrows", pa.table({"file": pa.array(paths), "n": pa.array(ids, pa.int64())}))
write("numbers.arrows", pa.table({"image": pa.array(images, pa.binary()), "id": pa.array([2**64 - 1, 1, None, 3], pa.uint64())}))
write("dictionary.arrows", pa.table({"image": pa.array(images, pa.binary()), "kind": pa.array(["a", "b", "a", None]).dictionary_encode()}))
write("of_dictionary.arrows", pa.table({"path": pa.array(paths).dictionary_encode()}))
write("compressed.arrows", pa.table({"image": pa.array([b"x" * 200] * 4, pa.binary())}), compression="lz4")
write("two.arrows", pa.table({"a": pa.array(images, pa.binary()), "b": pa.array(images, pa.binary())}))
write("views.arrows", pa.table({"image": pa.array(images, pa.binary_view())}))
write("none.arrows", whole.slice(0, 0))
