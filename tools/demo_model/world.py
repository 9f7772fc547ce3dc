"""world.py - which things are there to be seen, and which words are true of them?

An image has one value per attribute, a caption allows a set of values per attribute; both are bit masks, so that a caption is
true of an image where every mask meets.  Held-out categories and kinds appear in no training image and no caption."""

TEXTURES = ["brick", "concrete", "fabric", "brushed metal", "marble", "carpet", "paper", "rubber", "corrugated sheet",
            "checkered tile", "foam", "terrazzo", "perforated plate", "cork", "ground steel", "felt", "rolled steel", "cast iron"]
OBJECTS = ["washer", "gear", "plate", "button", "coin", "tablet", "bearing", "ruler", "dice", "label", "screw", "chip",
           "bracket", "lid", "battery", "lens", "key", "cross", "flower", "cup"]
ABSTRACT = ["pattern", "figure"]  # random textures, random symmetric parts: captioned with generic nouns only
TRAIN = TEXTURES + OBJECTS + ABSTRACT
VALIDATION = ["plaster", "linen", "star", "flange"]
HELD_OUT = ["leather", "wood", "grid", "mosaic", "hex nut", "capsule", "zipper", "circuit board", "cookie"]
CATEGORIES = TRAIN + VALIDATION + HELD_OUT

KINDS = ["normal", "scratch", "crack", "hole", "stain", "specks", "broken edge", "cut", "glue", "extra part", "missing part",
         "misprint", "burn"]
HELD_OUT_KINDS = ["dent", "thread", "colour patch", "bent"]

COLOURS = {"red": (190, 40, 40), "green": (45, 140, 60), "blue": (45, 80, 180), "yellow": (215, 190, 50), "orange": (220, 125, 40),
           "purple": (125, 60, 150), "brown": (110, 70, 40), "white": (225, 225, 222), "grey": (135, 135, 135), "black": (42, 42, 44)}
BACKGROUNDS = ["plain", "textured", "none"]  # none: a texture fills the image
LIGHTS = ["dark", "even", "bright"]
SIZES = ["small", "medium", "large"]
SEVERITIES = ["none", "minor", "clear", "severe"]  # by visible area
PLACES = ["nowhere", "top left", "top right", "bottom left", "bottom right", "centre"]
QUALITIES = ["sharp", "blurry", "noisy", "grey"]
COUNTS = ["uncounted", "one", "two", "three", "four"]  # of the same object in an image; nobody counts a surface
ATTRIBUTES = ["category", "colour", "kind", "severity", "place", "background", "light", "size", "quality", "count"]

_SURFACE = ["scratch", "stain", "specks", "glue", "burn", "misprint"]
_SHAPE = ["crack", "hole", "broken edge", "cut", "extra part", "missing part"]
_DIRT = ["stain", "specks", "glue", "burn"]
_ANY = KINDS[1:]


def mask(names, chosen):
    return sum(1 << names.index(name) for name in chosen)


def plural(noun):
    head, _, tail = noun.partition(" with ")
    words = head.split()
    words[-1] = PLURALS.get(words[-1], words[-1] + "s")
    return " ".join(words) + (" with " + tail if tail else "")


def _state(kinds, severities=None):
    severities = severities or SEVERITIES
    return mask(KINDS, kinds), mask(SEVERITIES, severities)


# word -> (kinds it is true of, severities it is true of).  Words differ in what they are true of, so that they are no synonyms.
STATES = {}
for _w in ("normal flawless perfect unblemished pristine faultless impeccable ideal standard regular good fine okay nice genuine "
           "healthy functional new excellent immaculate").split():
    STATES[_w] = _state(["normal"])
for _w in ("anomalous abnormal defective damaged faulty flawed imperfect unusual irregular strange wrong blemished nonconforming "
           "rejected weird odd sick malfunctioning unacceptable ugly").split():
    STATES[_w] = _state(_ANY)
for _w in "intact whole unbroken complete undamaged sound solid".split():
    STATES[_w] = _state(["normal"] + _SURFACE)
for _w in "clean spotless unstained tidy pure".split():
    STATES[_w] = _state(["normal"] + [k for k in _ANY if k not in _DIRT])
for _w in "dirty soiled contaminated smeared polluted".split():
    STATES[_w] = _state(_DIRT)
for _w in "broken fractured shattered ruptured chipped".split():
    STATES[_w] = _state(["crack", "broken edge", "cut", "hole", "missing part"])
for _w in "acceptable usable passable tolerable fair".split():
    STATES[_w] = _state(KINDS, ["none", "minor"])
for _w in "ruined destroyed wrecked terrible scrapped bad".split():
    STATES[_w] = _state(_ANY, ["clear", "severe"])
for _w in ["slightly damaged", "slightly worn", "marginal", "barely blemished"]:
    STATES[_w] = _state(_ANY, ["minor"])
for _w in ["badly damaged", "severely defective", "heavily damaged"]:
    STATES[_w] = _state(_ANY, ["severe"])
for _w in "worn old used scuffed".split():
    STATES[_w] = _state(["scratch", "specks", "stain", "broken edge"])
for _w in "incomplete unfinished lacking".split():
    STATES[_w] = _state(["missing part", "broken edge", "hole"])
for _w in "misprinted displaced misaligned shifted".split():
    STATES[_w] = _state(["misprint"])
for _kind, _words in {"scratch": "scratched scraped", "crack": "cracked split", "hole": "pierced punctured holed", "stain": "stained spotted",
                      "specks": "speckled dusty", "cut": "cut slit sliced", "glue": "sticky glued", "burn": "burnt scorched charred",
                      "extra part": "cluttered crowded", "broken edge": "nicked jagged"}.items():
    for _w in _words.split():
        STATES[_w] = _state([_kind])

# What follows the noun: phrase -> masks like STATES.
SUFFIXES = {p: _state(["normal"]) for p in ["without flaw", "without defect", "without damage", "in perfect condition", "with no fault",
                                            "as it should be", "that passes inspection"]}
SUFFIXES |= {p: _state(_ANY) for p in ["with flaw", "with defect", "with damage", "with a fault", "that fails inspection", "in bad condition"]}
SUFFIXES |= {f"with {('an ' if k[0] in 'aeiou' else 'a ') + k}": _state([k]) for k in _ANY if k != "specks"}
SUFFIXES |= {"with specks": _state(["specks"])}
for _s in SEVERITIES[1:]:
    SUFFIXES |= {f"with {_s} damage": _state(_ANY, [_s]), f"with a {_s} defect": _state(_ANY, [_s])}

SYNONYMS = {"washer": ["washer", "metal ring"], "gear": ["gear", "cog wheel"], "tablet": ["tablet", "pill"], "chip": ["chip", "microchip"],
            "dice": ["dice", "die"], "lid": ["lid", "cap"], "label": ["label", "sticker"], "screw": ["screw", "bolt"],
            "brick": ["brick", "brick wall"], "fabric": ["fabric", "woven cloth"], "foam": ["foam", "sponge"], "coin": ["coin", "medal"]}
# Of more than one: what the "s" at the end of the last word, or of the word before "with", does not make.
PLURALS = {"dice": "dice", "die": "dice", "battery": "batteries", "lens": "lenses", "cross": "crosses"}
# Words that say what kind of thing it is: shape, material, make.  word -> the categories it is true of.
GROUPS = {"round object": ["washer", "gear", "plate", "button", "coin", "tablet", "bearing", "lid", "lens", "flower", "cup"],
          "square object": ["dice"], "long object": ["ruler", "screw", "battery", "key"], "rectangular object": ["ruler", "label", "chip", "battery"],
          "ring": ["washer", "bearing", "lens", "cup"], "object with holes": ["button", "bracket", "washer", "gear", "key"],
          "printed object": ["label", "coin", "chip", "lid"], "machine part": ["gear", "bearing", "washer", "bracket", "screw"],
          "metal surface": ["brushed metal", "corrugated sheet", "perforated plate", "ground steel", "rolled steel", "cast iron"],
          "stone surface": ["concrete", "marble", "terrazzo", "brick"], "cloth": ["fabric", "carpet", "felt"],
          "regular pattern": ["brick", "fabric", "rubber", "corrugated sheet", "checkered tile", "perforated plate"],
          "irregular surface": ["concrete", "marble", "carpet", "paper", "foam", "terrazzo", "cork", "felt", "cast iron"],
          "soft material": ["fabric", "carpet", "foam", "felt"], "hard material": ["concrete", "marble", "terrazzo", "brick"] +
          ["brushed metal", "corrugated sheet", "perforated plate", "ground steel", "rolled steel", "cast iron"]}
GENERIC_OBJECT = ["object", "item", "part", "thing", "product", "component", "piece", "workpiece"]
GENERIC_TEXTURE = ["surface", "texture", "material", "object", "sample", "item", "product", "thing"]
