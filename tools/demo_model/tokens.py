"""tokens.py - which token ids do CLIP's texts of plain words have?  Reads the merges the library has (src/clip/bpe_merges.bin)."""
import os
import struct

MERGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "clip", "bpe_merges.bin")
START, END = 49406, 49407


class Tokens:
    """Words of a to z only: captions have no others."""

    def __init__(self, path=MERGES):
        with open(path, "rb") as f:
            data = f.read()
        self.ranks, self.text, self.cache = {}, [], {}
        for i in range(0, len(data), 4):
            self.ranks[struct.unpack_from("<HH", data, i)] = i // 4
        pairs = list(self.ranks)
        shown = [chr(b) for b in list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))]
        self.text = shown + ["\0"] * (256 - len(shown))
        self.text += [t + " " for t in self.text]
        for left, right in pairs:
            self.text.append(self.text[left] + self.text[right])

    def encode(self, word):
        """One word of a to z -> its ids."""
        if word not in self.cache:
            ids = [ord(c) - 33 for c in word]
            ids[-1] += 256
            while len(ids) > 1:
                rank, i = min((self.ranks.get(pair, 1 << 30), i) for i, pair in enumerate(zip(ids, ids[1:])))
                if rank == 1 << 30:
                    break
                ids[i:i + 2] = [512 + rank]
            self.cache[word] = ids
        return self.cache[word]

    def texts(self, texts):
        """Texts -> rows of ids with start and end, padded with 0 to the longest."""
        rows = [[START] + [i for w in t.split() for i in self.encode(w)] + [END] for t in texts]
        longest = max(map(len, rows))
        return [r + [0] * (longest - len(r)) for r in rows]

    def whole_words(self, least=5, most=10):
        """Words of the vocabulary that are one token: meaningless nouns for captions."""
        return [t[:-1] for t in self.text if t.endswith(" ") and t[:-1].isascii() and t[:-1].isalpha() and least <= len(t) - 1 <= most]
