"""surface_words.py - which words for captions do a file's name, its folders and its description hold?

Names in games are full of jargon ("e7brickfloor01"), so a word of a name counts only where it is a known one: of the list below or of
the English descriptions that Tux Paint's stamps and the clip art have.  Words written together are taken apart where all parts are known."""
import os
import re

MATERIALS = set("""aluminium asphalt bamboo bark block blocks board bone brass brick bricks bronze burlap canvas cardboard carpet ceiling
cement ceramic chain cliff clay cloth coal cobble cobblestone concrete copper cork corroded corrugated cotton crack cracked crate crystal
dirt dirty door dry earth fabric fence field floor foam forest fur glass gold granite grass grate grating gravel grid grille ground hedge
ice iron lava leaf leather leaves linen marble metal mosaic moss mud old paint painted panel paper parquet pavement paving pebble pebbles
plank planks plaster plastic plate porcelain reptile rock rocks rocky roof rough rubber rust rusted rusty sand sandstone shingle silk
silver slab slabs slate snow snowy soil steel stone stones straw stucco terracotta tile tiled tiles timber trunk velvet wall wallpaper
water wave wet wicker window wire wood wooden wool woven""".split())
_DROP = set("""and are but for from has have her his its not that the their them this was were with you your into over under one two three
all any can more most other some such than then there these they very what when where which who will svg png jpg pat img image images
texture textures tex base misc data share usr games common contents wallpaper wallpapers background backgrounds photo photos clip art clipart
openclipart stamp stamps picture pictures file new copy final version small large big map maps color colour default hash clan simple set
tertiles texpages unsorted special remix public domain library open external license creative commons cartoon mix test
svgs layer page open pulchr mattn trak nate acc dsi nki relief material tech shop ctp town light lights nature disco way top
back side con step stuff pool plasma basic generic ubuntu game tuxpaint
colobot openarena warzone""".split())
_SHORT = {"ox", "ax"}


def split(text):
    """Lower-case words of a name: at punctuation, numbers and capitals inside."""
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return [w for w in re.findall("[a-z]+", text.lower()) if len(w) > 2 or w in _SHORT]


def apart(word, known):
    """[word] or its singular if that is known, its known parts where it consists of them (as few as can be), else []."""
    if word.endswith("s") and word[:-1] in known:
        word = word[:-1]
    if word in known:
        return [word]
    best = []
    for n in range(len(word) - 3, 2, -1):
        if word[:n] in known:
            rest = apart(word[n:], known)
            if rest and (not best or len(rest) + 1 < len(best)):
                best = [word[:n]] + rest
    return best


def vocabulary(descriptions):
    """The known words: materials, and what at least two descriptions say."""
    seen = {}
    for text in descriptions:
        for word in set(split(text)):
            seen[word] = seen.get(word, 0) + 1
    return MATERIALS | {w for w, n in seen.items() if n > 1 and len(w) > 2}


def _named(part, known):
    return [w for token in split(part) if token not in _DROP for w in apart(token, known) if w not in _DROP]


def of(path, description, known, most=8):
    """Caption words, the most telling first: of the description or the file's name, then of the two nearest folders that say
    something.  path: below the package's folder."""
    *folders, name = os.path.splitext(path)[0].split("/")
    words = [w for w in split(description) if w not in _DROP] or _named(name, known)
    told = 0
    for folder in folders[:-6:-1]:
        found = _named(folder, known)
        words += found
        told += bool(found)
        if told == 2:
            break
    return list(dict.fromkeys(words))[:most]
