"""make.py - the maps in this folder: one small file a layout, all with the values of value() below.  Needs NumPy and Pillow."""
import os

import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, HEIGHT = 7, 5


def value(x, y):
    return (x * 9001 + y * 12345) % 65536


table = np.array([[value(x, y) for x in range(WIDTH)] for y in range(HEIGHT)])
whole = (table / 65535).astype(np.float32)

for name, array in (
    ("f4", whole),
    ("f8_big_endian", whole.astype(">f8")),
    ("fortran", np.asfortranarray(whole)),
    ("one_plane", whole[None, None]),
):
    np.save(os.path.join(HERE, name + ".npy"), array)
with open(os.path.join(HERE, "version2.npy"), "wb") as f:
    np.lib.format.write_array(f, whole, version=(2, 0))
Image.fromarray(table.astype(np.uint16)).save(os.path.join(HERE, "grey16.png"))
Image.fromarray((table >> 8).astype(np.uint8)).save(os.path.join(HERE, "grey8.png"))
Image.fromarray(table >= 32768).save(os.path.join(HERE, "grey1.png"), bits=1)
alpha = np.dstack([table >> 8, 255 - (table >> 8)]).astype(np.uint8)
Image.fromarray(alpha, "LA").save(os.path.join(HERE, "grey_alpha.png"))
