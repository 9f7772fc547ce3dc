"""make.py - the images of tests/unit/test_decode.c and test_orientation.c?  All hold pixel (x, y) = (18 x, 26 y, 7 x y mod 256), 13 x 9 (JPEG nearly so).

    python3 tests/images/make.py        (Pillow 9.4.0, 2026-11-24)"""
import os
import sys

import numpy as np
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "tools", "reference"))
import image_cases

y, x = np.mgrid[0:9, 0:13]
rgb = np.stack([x * 18, y * 26, x * y * 7 % 256], -1)
image = Image.fromarray(rgb.astype(np.uint8))
at = lambda name: os.path.join(here, name)
image.save(at("rgb.png"))
colours, index = np.unique(rgb.reshape(-1, 3), axis=0, return_inverse=True)
image_cases.png(at("palette.png"), index.reshape(9, 13, 1), 8, 3, colours, b"\x80\x00")
image_cases.png(at("interlaced16.png"), rgb * 256 + 77, 16, 2, interlaced=True)
image_cases.pnm(at("rgb.ppm"), rgb, 6, 255)
image_cases.pnm(at("plain.ppm"), rgb, 3, 255)
image.save(at("rgb.bmp"))
image.save(at("lzw.tif"), compression="tiff_lzw")
image.save(at("lossless.webp"), lossless=True)
image.save(at("q95.jpg"), quality=95)
image.save(at("progressive.jpg"), quality=90, progressive=True)
image_cases.png(at("dark10.png"), (rgb[..., :1] * 1023 // 255), 16, 0)  # a sensor's 10 bits in 16: test_orientation.c
