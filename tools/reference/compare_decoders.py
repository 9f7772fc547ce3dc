"""compare_decoders.py - does every decoder give, to the last bit, what Pillow gives?

    python3 compare_decoders.py --library build/release/librwda.so --work DIR

Every file of decoder_cases.py, through rwda_image_decode(): as stored against Image.open(f).convert("RGB"), and turned, against
ImageOps.exif_transpose() before it.  Where Pillow is known to err or to refuse, the samples themselves say what is right.  Differences are
allowed to the kinds in ALLOWED alone, which docs/deviations.md explains.  Exit code 1 beyond that."""
import argparse
import collections
import ctypes
import os
import sys
import warnings

import numpy as np
import PIL
from PIL import Image, ImageOps, features

import decoder_cases

STORED, TURNED = 1, 0
ALLOWED = {"heic": 1, "lab": 60}  # levels


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("max_pixels", ctypes.c_int64), ("max_bytes", ctypes.c_int64), ("cancel", ctypes.c_void_p),
                ("user", ctypes.c_void_p), ("orientation", ctypes.c_int), ("depth", ctypes.c_int)]


class Decoded(ctypes.Structure):
    _fields_ = [("width", ctypes.c_int), ("height", ctypes.c_int), ("stride", ctypes.c_size_t), ("pixels", ctypes.POINTER(ctypes.c_uint8))]


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("offset", ctypes.c_int64), ("message", ctypes.c_char * 480)]


def decode(library, data, orientation):
    """RGB, or what the error says."""
    options = Options(ctypes.sizeof(Options), 178956970, 1 << 30, None, None, orientation, 0)
    out, error = ctypes.POINTER(Decoded)(), Error()
    if library.rwda_image_decode(ctypes.byref(out), data, ctypes.c_size_t(len(data)), ctypes.byref(options), ctypes.byref(error)):
        return error.message.decode()
    image = out.contents
    rgb = np.ctypeslib.as_array(image.pixels, (image.height, image.stride))[:, :3 * image.width].reshape(image.height, image.width, 3).copy()
    library.rwda_image_free(out)
    return rgb


def reference(path, orientation):
    try:
        image = Image.open(path)
        return np.asarray((ImageOps.exif_transpose(image) if orientation == TURNED else image).convert("RGB"))
    except Exception as error:  # whatever a plugin raises
        return f"{type(error).__name__}: {error}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True)
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    library = ctypes.CDLL(os.path.abspath(args.library))
    can_turn = not isinstance(decode(library, b"P6 1 1 255\nabc", STORED), str)
    cases = decoder_cases.write(os.path.join(args.work, "decoded"))
    counted, both, largest, wrong = collections.Counter(), collections.Counter(), collections.Counter(), 0
    for path, expected, kind in cases:
        with open(path, "rb") as f:
            data = f.read()
        ending = os.path.splitext(path)[1][1:]
        for orientation in (STORED, TURNED) if can_turn else (TURNED,):
            ours = decode(library, data, orientation)
            theirs = expected if expected is not None else reference(path, orientation if can_turn else STORED)
            counted[ending] += 1
            if isinstance(ours, str) and isinstance(theirs, str):
                both[ending] += 1
            elif isinstance(ours, str) or isinstance(theirs, str) or ours.shape != theirs.shape:
                wrong += 1
                print(f"{os.path.basename(path)}: {ours if isinstance(ours, str) else ours.shape}; Pillow: {theirs if isinstance(theirs, str) else theirs.shape}")
            elif not np.array_equal(ours, theirs):
                levels = int(np.abs(ours.astype(int) - theirs).max())
                largest[kind or ending] = max(largest[kind or ending], levels)
                if levels > ALLOWED.get(kind, 0):
                    wrong += 1
                    print(f"{os.path.basename(path)}: {np.count_nonzero(ours != theirs)} of {ours.size} values differ, by up to {levels} levels")
    print(f"{len(cases)} images, {'as stored and turned' if can_turn else 'as stored'}, against Pillow {PIL.__version__} (libjpeg-turbo {features.version('libjpeg_turbo')}): {wrong} wrong")
    for ending in sorted(counted):
        print(f"  {ending:5} {counted[ending]:5} decodings" + (f", {both[ending]} refused by both" if both[ending] else ""))
    for kind in largest:
        print(f"  {kind} differs by up to {largest[kind]} levels, {ALLOWED.get(kind, 0)} are allowed")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
