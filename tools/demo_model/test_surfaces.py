"""test_surfaces.py - are images indexed, left out and drawn as they should be?  Needs NumPy and Pillow only: python3 test_surfaces.py"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

import debian_copyright
import surface_index
import surface_words
import surfaces

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Source: https://example.org/src

Files: *
Copyright: A
License: GPL-2+

Files: base/textures/tex_a/wood*
 base/textures/tex_a/door.png
Copyright: B
License: CC-BY-SA-3.0
 with a text
 .
 of two lines

Files: debian/*
Copyright: C
License: Expat
"""
UFO = "ufoai-textures/usr/share/games/ufoai/base/0textures.pk3.d/textures/tex_a"


def wave(size, cycles):
    """A surface that continues over its edges where `cycles` is whole, in full colour and with grain, so that it is no drawing."""
    y, x = np.mgrid[0:size, 0:size] / size * 2 * np.pi * cycles
    grain = np.random.default_rng(size).integers(0, 12, (size, size))
    shades = 120 + 90 * np.sin(x) * np.cos(y), 90 + 60 * np.sin(x + 1), 70 + 40 * np.cos(y)
    return np.stack([shade + grain for shade in shades], -1).astype(np.uint8)


def save(root, path, pixels):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.fromarray(pixels).save(path)


def write(root, path, data):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def pattern(pixels, name):
    h, w, c = pixels.shape
    return struct.pack(">5I4s", 24 + len(name) + 1, 1, w, h, c, b"GPAT") + name + b"\0" + pixels.tobytes()


def make(root):
    save(root, f"{UFO}/woodfloor012.png", wave(128, 2))
    save(root, f"{UFO}/e7door_old.png", wave(96, 1.37))
    save(root, f"{UFO}/copy_of_wood.png", np.asarray(Image.fromarray(wave(128, 2)).resize((80, 80), Image.Resampling.BOX)))
    save(root, f"{UFO}/woodfloor012_nm.png", wave(128, 3))
    save(root, f"{UFO}/bluish.png", (np.float32([128, 128, 235]) + wave(128, 5) / 16).astype(np.uint8))
    save(root, f"{UFO}/tiny.png", wave(32, 1))
    save(root, f"{UFO}/flat.png", np.full((128, 128, 3), 90, np.uint8))
    keyed = wave(120, 1)
    keyed[30:60, 20:70] = (0, 255, 0)
    save(root, f"{UFO}/keyed.png", keyed)
    save(root, f"{UFO}/../tex_lights/lamp.png", wave(100, 4))
    save(root, f"{UFO}/icons/wood.png", wave(110, 4))
    write(root, f"{UFO}/broken.png", b"\x89PNG\r\n\x1a\n and no more")
    write(root, "ufoai-textures/usr/share/doc/ufoai-textures/copyright", COPYRIGHT.encode())
    write(root, "ufoai-textures/about", b"Version: 2.5-2\nBytes: 1000000\n")
    write(root, "gimp-data/usr/share/gimp/2.0/patterns/x.pat", pattern(wave(72, 3), b"Rough leather"))
    write(root, "gimp-data/usr/share/gimp/2.0/patterns/y.pat", pattern(wave(72, 3), b"short")[:-1])
    stamp = np.dstack([wave(90, .7), np.zeros((90, 90), np.uint8)])
    stamp[20:60, 10:80, 3] = 255
    stamp[:20, :, :3] = (255, 0, 255)  # where nothing is seen
    save(root, "tuxpaint-stamps-default/usr/share/tuxpaint/stamps/animals/x1.png", stamp)
    write(root, "tuxpaint-stamps-default/usr/share/tuxpaint/stamps/animals/x1.txt", "A brown horse.\nde.utf8=Ein Pferd.\n".encode())


def test_index(root):
    rows, out = surface_index.build(root)
    by = {os.path.basename(r["path"]): r for r in rows}
    assert set(by) == {"woodfloor012.png", "e7door_old.png", "x.pat", "x1.png"}, sorted(by)
    assert out == {"map of normals, height, gloss": 1, "small, flat or a map": 4, "no surface": 2, "huge or cannot be read": 2,
                   "duplicate": 1}, out
    wood, door, leather, horse = (by[n] for n in ("woodfloor012.png", "e7door_old.png", "x.pat", "x1.png"))
    assert (wood["role"], wood["tileable"], wood["width"], wood["licence"]) == ("texture", True, 128, "CC-BY-SA-3.0")
    assert wood["words"][:2] == ["wood", "floor"] and (door["words"], door["tileable"]) == (["door", "old"], False)
    assert abs(wood["colour"][0] - (wave(128, 2)[..., 0] / 255).mean()) < .001 and .05 < wood["contrast"] < .3
    assert leather["title"] == "rough leather" and leather["tileable"] and leather["licence"] == "not stated"
    assert (horse["role"], horse["title"], horse["words"]) == ("stamp", "brown horse", ["brown", "horse"])
    assert abs(horse["alpha"] - 40 * 70 / 8100) < .001
    table = surface_index.table(root, rows).splitlines()
    line = next(t for t in table if t.startswith("| ufoai-textures"))
    assert line == "| ufoai-textures | 2.5-2 | 1 | GPL-2+ (1), CC-BY-SA-3.0 (1) | 2 |  |  |  |  | <https://example.org/src> |", line
    assert table[-1].startswith("| all | | 1 | | 3 | 0 | 1 | 0 | 0 |"), table[-1]


def test_licences():
    licences = debian_copyright.Licences(COPYRIGHT)
    assert licences.of("usr/share/x/textures/tex_a/woodfloor.png") == "CC-BY-SA-3.0"
    assert licences.of("usr/share/x/door.png") == "CC-BY-SA-3.0"
    assert licences.of("usr/share/x/textures/tex_b/stone.png") == "GPL-2+"
    assert debian_copyright.Licences("It was downloaded.", "public domain").of("a.png") == "public domain"


def test_words():
    known = surface_words.vocabulary(["Two cats.", "The cats"])
    assert "cats" in known and "two" not in known
    assert surface_words.of("a/tex_misc/concreteSlabs02_v1.tga", "", known) == ["concrete", "slab"]
    assert surface_words.of("wallpapers/Wood/contents/images/640x480.png", "", known) == ["wood"]
    assert surface_words.of("a/qqqz.tga", "", known) == []


def test_draw(root):
    index = os.path.join(root, "index.jsonl")
    drawn = [surfaces.Surfaces(index).draw(np.random.default_rng(7), 48) for _ in range(2)]
    assert np.array_equal(drawn[0][0], drawn[1][0]) and drawn[0][1] == drawn[1][1]
    pool, rng = surfaces.Surfaces(index), np.random.default_rng(1)
    seen = set()
    for n in range(60):
        pixels, row = pool.draw(rng, 64 + n)
        assert pixels.dtype == np.uint8 and pixels.shape == (64 + n, 64 + n, 4 if row["alpha"] < 1 else 3)
        seen.add(os.path.basename(row["path"]))
    assert len(seen) == 4, seen
    assert pool.draw(rng, 20, "texture", ["leather"])[1]["title"] == "rough leather"
    stamp, _ = pool.draw(rng, 45, "stamp")
    assert abs((stamp[..., 3] > 127).mean() - 40 * 70 / 8100) < .01 and stamp[stamp[..., 3] > 127][:, 1].min() > 20
    crops = {pool.draw(rng, 32, "texture", ["door"])[0].tobytes() for _ in range(8)}
    assert len(crops) == 8
    try:
        pool.draw(rng, 32, "texture", ["nothing"])
    except LookupError as e:
        assert "nothing" in str(e)
    else:
        raise AssertionError("a word that no image has was drawn")


def main():
    test_licences()
    test_words()
    with tempfile.TemporaryDirectory() as root:
        make(root)
        test_index(root)
        subprocess.run([sys.executable, surface_index.__file__, root], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(root, "index.jsonl"), encoding="utf-8") as f:
            assert [json.loads(line) for line in f] == surface_index.build(root)[0]
        test_draw(root)
    print("surfaces: all as they should be")


if __name__ == "__main__":
    main()
