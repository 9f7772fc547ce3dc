"""captions.py - which sentences are true of an image?

A caption is a list of token ids and one bit mask per attribute of world.py: the values it allows.  What it does not speak of is
allowed in full (-1).  Bit 40 of an image's attribute means "nobody can tell" (the colour of a grey image)."""
import numpy as np

import world

UNKNOWN = 1 << 40
ALL = -1
_INDEX = {a: i for i, a in enumerate(world.ATTRIBUTES)}
_CONSONANT_FREE_CHOICE = "abcdefghijklmnopqrstuvwxyz"

_OPENINGS = ["a photo of a", "a photo of the", "a picture of a", "a picture of the", "an image of a", "an image of the", "a close up photo of a",
             "a close up photo of the", "a cropped photo of a", "a cropped photo of the", "a jpeg corrupted photo of a", "photo of", "a", "the",
             "this is a", "there is a", "a shot of a", "an industrial photo of a", "a view of the", ""]
_SUITED = {("light", "bright"): ["a bright photo of a", "a bright photo of the"], ("light", "dark"): ["a dark photo of a", "a dark photo of the"],
           ("quality", "blurry"): ["a blurry photo of a", "a blurry photo of the"], ("quality", "noisy"): ["a noisy photo of a", "a grainy photo of the"],
           ("quality", "grey"): ["a black and white photo of a", "a grey photo of the"], ("size", "small"): ["a photo of a small", "a photo of the small"],
           ("size", "large"): ["a photo of a large", "a photo of the large"]}
_BACKGROUNDS = {"plain": ["on a plain background", "on a plain table"], "textured": ["on a textured background", "on a patterned surface"],
                "none": ["filling the picture", "from close by"]}
_COUNTED = ["a photo of {}", "a picture of {}", "an image of {}", "a close up photo of {}", "a cropped photo of {}", "a photo of the {}", "{}", "there are {}",
            "an industrial photo of {}"]
_USES = ["for visual inspection", "for anomaly detection", "in a factory"]
_FAVOURED = ["normal", "anomalous", "flawless", "damaged", "perfect", "unblemished", "defective", "good", "bad", "abnormal"]


class Captions:
    """Draws captions.  words: vocabulary words of 5-10 letters that serve as meaningless nouns; encode: word -> token ids."""

    def __init__(self, encode, words, seed):
        banned = " ".join(world.HELD_OUT + world.HELD_OUT_KINDS + world.VALIDATION)
        self.encode, self.rng = encode, np.random.default_rng(seed)
        self.words = [w for w in words if w not in banned]
        self.states = list(world.STATES.items())
        self.suffixes = list(world.SUFFIXES.items())
        self.groups = {c: [g for g, members in world.GROUPS.items() if c in members] for c in world.CATEGORIES}
        self.group_masks = {g: world.mask(world.CATEGORIES, members) for g, members in world.GROUPS.items()}
        self.cache = {}

    def _pick(self, options):
        return options[int(self.rng.integers(len(options)))]

    def random_words(self):
        out = []
        for _ in range(int(self.rng.integers(1, 6))):
            if self.rng.random() < .6:
                out.append("".join(_CONSONANT_FREE_CHOICE[i] for i in self.rng.integers(26, size=int(self.rng.integers(5, 11)))))
            else:
                out.append(self._pick(self.words))
        return " ".join(out)

    def _noun(self, category, many, r, bits, say):
        """What the thing is called: its name, its group, a word for anything, or random words; r: the caption's random numbers."""
        texture, parts = category in world.TEXTURES, []
        if r[3] < .45 and category not in world.ABSTRACT:
            noun = self._pick(world.SYNONYMS.get(category, [category]))
            parts.append(world.plural(noun) if many else noun)
            say("category", bits[_INDEX["category"]])
            if r[4] < .12:
                parts.append(self.random_words())
        elif r[3] < .53 and self.groups[category]:
            group = self._pick(self.groups[category])
            parts.append(world.plural(group) if many else group)
            say("category", self.group_masks[group])
        elif r[3] < .7:
            noun = self._pick(world.GENERIC_TEXTURE if texture else world.GENERIC_OBJECT)
            parts.append(world.plural(noun) if many else noun)
            if r[4] < .2:
                parts.append(self.random_words())
        else:
            parts.append(self.random_words())
        return parts

    def draw(self, bits):
        """bits [10] of one image -> (token ids without start and end, masks [10])."""
        masks = [ALL] * len(world.ATTRIBUTES)
        r = self.rng.random(11)

        def value(attribute, names):
            b = bits[_INDEX[attribute]]
            return names[int(b).bit_length() - 1] if b < UNKNOWN else None

        def say(attribute, mask):
            masks[_INDEX[attribute]] &= int(mask)

        kind, severity = bits[_INDEX["kind"]], bits[_INDEX["severity"]]

        def true_of(options):
            return [(w, m) for w, m in options if m[0] & kind and (m[1] & severity or severity >= UNKNOWN)]

        opening = self._pick(_OPENINGS)
        if r[0] < .3:
            suited = [(a, v) for a, v in _SUITED if value(a, {"light": world.LIGHTS, "quality": world.QUALITIES, "size": world.SIZES}[a]) == v]
            if suited:
                a, v = self._pick(suited)
                opening = self._pick(_SUITED[(a, v)])
                say(a, bits[_INDEX[a]])
        count = value("count", world.COUNTS)
        many = count in ("two", "three", "four")
        if many and r[9] < .7 or count == "one" and r[9] < .1:
            if many and r[10] < .15:  # "several" says less than a number
                word, allowed = "several", ["two", "three", "four"]
            else:
                word, allowed = count if many or r[10] < .5 else "a single", [count]
            opening = self._pick(_COUNTED[:5] if word == "a single" else _COUNTED).format(word)
            say("count", world.mask(world.COUNTS, allowed))
        else:
            many = False
        parts = [opening]
        if r[1] < .78:
            options = true_of(self.states)
            favoured = [o for o in options if o[0] in _FAVOURED]
            word, (k, s) = self._pick(favoured if favoured and self.rng.random() < .35 else options)
            parts.append(word)
            say("kind", k)
            say("severity", s | UNKNOWN)
        colour = value("colour", list(world.COLOURS))
        if r[2] < .35 and colour:
            parts.append(colour)
            say("colour", bits[_INDEX["colour"]])
        category = value("category", world.CATEGORIES)
        parts += self._noun(category, many, r, bits, say)
        if r[5] < .3:
            word, (k, s) = self._pick(true_of(self.suffixes))
            parts.append(word)
            say("kind", k)
            say("severity", s | UNKNOWN)
            place = value("place", world.PLACES)
            if place not in (None, "nowhere") and r[6] < .35:
                parts.append("in the centre" if place == "centre" else "at the " + place)
                say("place", bits[_INDEX["place"]])
        background = value("background", world.BACKGROUNDS)
        if r[7] < .12:
            parts.append(self._pick(_BACKGROUNDS[background]))
            say("background", bits[_INDEX["background"]])
        if r[8] < .08:
            parts.append(self._pick(_USES))
        ids = []
        for word in " ".join(parts).split():
            if word not in self.cache:
                if len(self.cache) > 200000:
                    self.cache.clear()
                self.cache[word] = self.encode(word)
            ids += self.cache[word]
        return ids[:60], masks


def truth(bits, masks):
    """bits [B, 10], masks [T, 10] int64 -> bool [B, T]: is caption t true of image b?"""
    return ((bits[:, None, :] & masks[None, :, :]) != 0).all(-1)


class NamedCaptions(Captions):
    """Captions of images that have names of their own (real surfaces and things), beside the categories.  What a caption calls the thing is
    a set of names; it is true of an image that has them all."""

    def __init__(self, encode, words, seed, names):
        super().__init__(encode, words, seed)
        self.columns = {n: i for i, n in enumerate(names)}
        self.names, self.called = [], []

    def draw_named(self, bits, names):
        """-> token ids, masks, columns of the names that it says."""
        self.names, self.called = [n for n in names if n in self.columns], []
        ids, masks = self.draw(bits)
        return ids, masks, [self.columns[n] for n in self.called]

    def _noun(self, category, many, r, bits, say):
        parts = []
        if r[3] < .5 and self.names:
            single = [n for n in self.names if " " not in n]
            noun = self._pick(self.names)
            self.called = [noun]
            if noun in single and self.rng.random() < .3 and len(single) > 1:
                other = self._pick([n for n in single if n != noun])
                self.called, noun = [noun, other], other + " " + noun
            parts.append(world.plural(noun) if many else noun)
            if r[4] < .12:
                parts.append(self.random_words())
        elif r[3] < .7:
            whole = bits[_INDEX["background"]] == 1 << world.BACKGROUNDS.index("none")
            noun = self._pick(world.GENERIC_TEXTURE if whole else world.GENERIC_OBJECT)
            parts.append(world.plural(noun) if many else noun)
            if r[4] < .2:
                parts.append(self.random_words())
        else:
            parts.append(self.random_words())
        return parts


def named_truth(bits, masks, has, said):
    """As truth(); has [B, W], said [T, W] of 0 and 1: the names an image has and a caption says."""
    return truth(bits, masks) & (has @ said.T >= said.sum(1))
