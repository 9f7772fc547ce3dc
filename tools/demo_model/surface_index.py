"""surface_index.py - which of the images that fetch_surfaces.sh brought are of use, and what are they?

    python3 surface_index.py DIR        writes DIR/index.jsonl, prints the table of SURFACES.md

A line of the index: path below DIR, package, licence, width, height, role (texture, photo, stamp, clipart, wallpaper), words and title
for captions, tileable, alpha (share of pixels that are seen, 1 without alpha), mean colour (RGB, 0..1), contrast (std of luminance,
0..1).  Left out: what surfaces_packages.tsv says, maps of normals, height and gloss, less than 64 pixels, flat ones, near duplicates
(the largest is kept)."""
import argparse
import collections
import json
import os
import re
import warnings

import numpy as np
from PIL import Image

import debian_copyright
import surface_words
from surfaces import open_image

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = (".png", ".jpg", ".jpeg", ".tga", ".dds", ".webp", ".pat")
ROLES = ("texture", "photo", "stamp", "clipart", "wallpaper")
LEAST_SIDE, LEAST_CONTRAST = 64, 0.015
SAME = 2.5 / 255  # mean difference of two images at 32x32, at most, to be one
DRAWN = 0.5  # share of equal neighbours in a row; drawings and gradients have more, photographs less
MAPS = re.compile(r"(_|-)(nm|n|norm|normal|normals|local|bump|height|h|hm|sm|s|spec|specular|gloss|gm|glow|rm|rough|roughness|mask|disp|"
                  r"lm|lightmap|blend|fx|alpha)(_?\d+)?\.[a-z]+$|lightmap", re.I)
PIECES = re.compile(r"/(gui|hud|menu|icons?|buttons?|cursors?|fonts?|alphabets?|numbers|sprites|logos?|flags)(/|_|\.)", re.I)


def packages():
    with open(os.path.join(HERE, "surfaces_packages.tsv"), encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                name, role, _, leave, licence = line.rstrip("\n").split("\t")
                yield name, role, None if leave == "-" else re.compile(leave), "not stated" if licence == "-" else licence


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def files(folder, types):
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(types):
                yield os.path.join(place, name)


def svg_description(path):
    """Title and keywords of a drawing's metadata."""
    text = read(path)
    title = re.search(r"<dc:title>\s*([^<]+)", text)
    bag = re.search(r"<dc:subject>(.*?)</dc:subject>", text, re.S)
    return " ".join(([title[1]] if title else []) + (re.findall(r"<rdf:li>\s*([^<]+)", bag[1]) if bag else []))


def descriptions(root):
    """path without its type, below DIR -> English text."""
    found = {}
    for path in files(os.path.join(root, "tuxpaint-stamps-default"), (".txt",)):
        found[os.path.relpath(path, root)[:-4]] = read(path).split("\n", 1)[0].strip()
    for path in files(os.path.join(root, "openclipart-svg"), (".svg",)):
        below = os.path.relpath(path, root)[:-4].replace("openclipart-svg", "openclipart-png", 1).replace("/svg/", "/png/", 1)
        found[below] = svg_description(path)
    return found


def tileable(rgb):
    """Do opposite edges continue each other like neighbours inside do?  rgb: [h, w, 3] uint8"""
    for a in (rgb, rgb.swapaxes(0, 1)):
        inside = np.linspace(0, len(a) - 2, 32).astype(int)  # 32 pairs of neighbours tell enough
        if _difference(a[0], a[-1]) > 1.5 * _difference(a[inside], a[inside + 1]) + 1:
            return False
    return True


def _difference(a, b):
    return np.abs(a.astype(np.int16) - b).mean()


def _cut_out(rgb):
    """Where is the pure green or magenta that old games do not draw?"""
    red, green, blue = rgb[:, 0], rgb[:, 1], rgb[:, 2]
    return (np.minimum(green, 1 - np.maximum(red, blue)) > .85) | (np.minimum(np.minimum(red, blue), 1 - green) > .85)


def measure(image, role):
    """-> dict, thumbnail [32, 32, 3] float32 in 0..1; None where it is of no use."""
    if min(image.size) < LEAST_SIDE:
        return None
    full = np.asarray(image)
    rgba = np.asarray(image.reduce(max(1, min(image.size) // 256)).convert("RGBA"), np.float32) / 255
    seen = rgba[..., 3] > .5
    share = float(seen.mean())
    if share < .03:
        return None
    inside = rgba[..., :3][seen]
    mean, contrast = inside.mean(0), float((inside @ np.float32([.299, .587, .114])).std())
    bluish = mean[2] > .75 and abs(mean[0] - .5) < .1 and abs(mean[1] - .5) < .1  # normals that point to the viewer
    if contrast < LEAST_CONTRAST or bluish or role == "texture" and _cut_out(inside).mean() > .01:
        return None
    flat = Image.fromarray(((rgba[..., :3] * rgba[..., 3:] + .5 * (1 - rgba[..., 3:])) * 255).astype(np.uint8))  # on grey
    thumbnail = np.asarray(flat.resize((32, 32), Image.Resampling.BOX), np.float32) / 255
    whole = share > .98
    rows = full[np.linspace(0, image.height - 1, 64).astype(int), :, :3]
    found = dict(width=image.width, height=image.height, tileable=whole and tileable(full[..., :3]), alpha=1.0 if whole else round(share, 3),
                 colour=[round(float(c), 3) for c in mean], contrast=round(contrast, 3),
                 drawn=float((rows[:, 1:] == rows[:, :-1]).all(-1).mean()))
    return found, thumbnail


def role_of(role, found):
    if role == "texture" and found["alpha"] < 1:
        return "stamp"
    if role == "wallpaper" and found["drawn"] < DRAWN:
        return "photo"
    if role == "stamp" and found["alpha"] == 1:
        return "photo" if found["drawn"] < DRAWN else "clipart"
    return role


def without_duplicates(rows, thumbnails):
    """The largest of each group that looks the same, in the order of the paths."""
    order = sorted(range(len(rows)), key=lambda i: (-rows[i]["width"] * rows[i]["height"], rows[i]["path"]))
    full = np.stack([thumbnails[i] for i in order]).reshape(len(order), -1)
    coarse = np.stack([thumbnails[i].reshape(8, 4, 8, 4, 3).mean((1, 3)).ravel() for i in order])
    square = (coarse ** 2).sum(1)
    kept = np.zeros(len(order), bool)
    for n in range(len(order)):  # few are near at 8x8, and only those are compared at 32x32
        near = square[:n] + square[n] - 2 * coarse[:n] @ coarse[n] <= coarse.shape[1] * (4 * SAME) ** 2
        kept[n] = not any(np.abs(full[m] - full[n]).mean() <= SAME for m in np.nonzero(near & kept[:n])[0])
    return [row for _, row in sorted((rows[i]["path"], rows[i]) for n, i in enumerate(order) if kept[n])]


def build(root):
    """-> rows of the index, counts of what was left out by reason."""
    texts = descriptions(root)
    known = surface_words.vocabulary(texts.values())
    rows, thumbnails, out = [], [], collections.Counter()
    for package, role, leave, licence in packages():
        if role == "description":
            continue
        licences = debian_copyright.Licences(read(os.path.join(root, package, f"usr/share/doc/{package}/copyright")), licence)
        for path in files(os.path.join(root, package), TYPES):
            below = os.path.relpath(path, root)
            inside = below.split("/", 1)[1]
            if leave and leave.search(below) or PIECES.search(below):
                out["no surface"] += 1
                continue
            if role == "texture" and MAPS.search(below):
                out["map of normals, height, gloss"] += 1
                continue
            try:
                image, name = open_image(path)
                measured = measure(image, role)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                out["huge or cannot be read"] += 1
                continue
            if not measured:
                out["small, flat or a map"] += 1
                continue
            found, thumbnail = measured
            text = texts.get(os.path.splitext(below)[0], name)
            words = surface_words.of(inside, text, known)
            final = role_of(role, found)
            del found["drawn"]
            rows.append(dict(path=below, package=package, licence=licences.of(inside), role=final, words=words,
                             title=" ".join(dict.fromkeys(surface_words.split(text))) or " ".join(words), **found))
            thumbnails.append(thumbnail)
    kept = without_duplicates(rows, thumbnails) if rows else []
    out["duplicate"] = len(rows) - len(kept)
    return kept, out


def about(root, package):
    """Version, homepage and bytes as fetch_surfaces.sh wrote them; the source's address where the package has no homepage."""
    fields = dict(line.split(": ", 1) for line in read(os.path.join(root, package, "about")).splitlines() if ": " in line)
    source = re.search(r"^Source:\s*(\S+)", read(os.path.join(root, package, f"usr/share/doc/{package}/copyright")), re.M)
    return fields.get("Version", "?"), fields.get("Homepage") or (source[1] if source else "?"), int(fields.get("Bytes", 0))


def table(root, rows):
    """The Markdown table: a package a line."""
    lines = ["| package | version | MB | licences of the images taken | " + " | ".join(ROLES) + " | source |",
             "|---|---|--:|---|" + "--:|" * len(ROLES) + "---|"]
    total, size = collections.Counter(), 0
    for package, role, _, _ in packages():
        mine = [r for r in rows if r["package"] == package]
        version, homepage, length = about(root, package)
        counts = collections.Counter(r["role"] for r in mine)
        licences = collections.Counter(r["licence"] for r in mine).most_common()
        named = ", ".join(f"{name} ({n})" if len(licences) > 1 else name for name, n in licences) or "descriptions only"
        numbers = " | ".join(str(counts[r] or "") for r in ROLES)
        lines.append(f"| {package} | {version} | {length / 1e6:.0f} | {named} | {numbers} | <{homepage}> |")
        total += counts
        size += length
    lines.append(f"| all | | {size / 1e6:.0f} | | " + " | ".join(str(total[r]) for r in ROLES) + " | |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    root = parser.parse_args().dir
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # open_image has a lower limit
    rows, out = build(root)
    path = os.path.join(root, "index.jsonl")
    with open(path + ".part", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    os.replace(path + ".part", path)
    print(table(root, rows))
    print(f"\n{len(rows)} images; left out: " + ", ".join(f"{n} {reason}" for reason, n in out.most_common()))


if __name__ == "__main__":
    main()
