"""make_bpe_table.py - where does src/clip/bpe_merges.bin come from?

    python3 tools/make_bpe_table.py [--file bpe_simple_vocab_16e6.txt.gz]

Takes CLIP's merges from the vocabulary file in the PyPI package open-clip-torch (downloaded unless --file names it), checks its
sha256, and writes every merge as two little-endian 16-bit token ids.  The vocabulary is OpenAI's, under the MIT licence: see
src/clip/bpe_merges.LICENSE."""
import argparse
import glob
import gzip
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

SHA256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
MERGES = 48894


def vocabulary(path):
    if path:
        with open(path, "rb") as f:
            return f.read()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, "open-clip-torch"], check=True)
        wheel = zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0])
        name = next(n for n in wheel.namelist() if n.endswith("bpe_simple_vocab_16e6.txt.gz"))
        return wheel.read(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "src", "clip", "bpe_merges.bin"))
    args = parser.parse_args()
    data = vocabulary(args.file)
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        sys.exit(f"the vocabulary's sha256 is {digest}, expected {SHA256}")
    lines = gzip.decompress(data).decode("utf-8").split("\n")[1:MERGES + 1]
    # Ids 0-255: bytes 33-126, 161-172, 174-255 as themselves, then the other 68 as code points from 256; 256-511: the same at a word's end.
    shown = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    alphabet = [chr(b) for b in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    ids = {symbol: i for i, symbol in enumerate(alphabet + [a + "</w>" for a in alphabet])}
    out = bytearray()
    for line in lines:
        left, right = line.split()
        out += struct.pack("<HH", ids[left], ids[right])
        ids[left + right] = len(ids)
    with open(args.out, "wb") as f:
        f.write(out)
    print(f"{len(lines)} merges, {len(out)} bytes, sha256 {hashlib.sha256(out).hexdigest()}")


if __name__ == "__main__":
    main()
