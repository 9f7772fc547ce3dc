"""tokenizer_kinds.py - tokenizers as published models have them, made and trained with the reference package.

Their parts are those of the files on the hub and of transformers' classes (tokenization_t5.py, _xlm_roberta.py, _gemma.py, _siglip2.py,
_clip.py); vocabularies are trained here, on words of made-up languages, so that nothing is fetched.  The charsmap of nmt_nfkc, which SigLIP's, T5's and
XLM-R's files hold, comes from sentencepiece."""
import json
import os
import pathlib
import random

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

ALPHABETS = ["abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyzäöüßéèêàçñõåæøłşğı", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "αβγδεζηθικλμνξοπρστυφχψως",
             "אבגדהוזחטיךכלםמןנסעףפץצקרשת", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्ं", "กขคงจฉชซญดตถทธนบปผพฟมยรลวสหอะาิีึืุูเแโใไ่้",
             "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年", "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんー", "가나다라마바사아자차카타파하고노도로모보소오조", "0123456789"]
PUNCTUATION = ".,;:!?-'\"()[]{}/\\@#$%&*+=<>~^_|`…“”‘’—。、！？"


def corpus(seed, words=1500, lines=1500):
    """Lines of words that follow Zipf's law."""
    rng = random.Random(seed)
    known = ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, 9))) for alphabet in rng.choices(ALPHABETS, k=words)]
    known += "a photo of the normal damaged metal nut with scratches on its surface don't it's we'll".split() * 3
    weights = [1 / (i + 3) for i in range(len(known))]
    for _ in range(lines):
        line = ""
        for word in rng.choices(known, weights, k=rng.randint(2, 14)):
            word = word.capitalize() if rng.random() < 0.15 else word.upper() if rng.random() < 0.03 else word
            line += word + (rng.choice(PUNCTUATION) if rng.random() < 0.2 else "") + ("" if rng.random() < 0.05 else " ")
        yield line


def fields(data):
    """(number, bytes) of a protocol buffer's length-delimited fields."""
    def varint(i):
        value = shift = 0
        while True:
            value |= (data[i] & 127) << shift
            shift += 7
            i += 1
            if data[i - 1] < 128:
                return value, i
    i = 0
    while i < len(data):
        tag, i = varint(i)
        if tag & 7 == 2:
            size, i = varint(i)
            yield tag >> 3, data[i:i + size]
            i += size
        elif tag & 7 == 0:
            _, i = varint(i)
        else:
            i += 4 if tag & 7 == 5 else 8


def charsmap(work, rule="nmt_nfkc"):
    path = os.path.join(work, rule)
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a b c d e f"] * 9), model_prefix=path, vocab_size=16, normalization_rule_name=rule, minloglevel=3,
                                             hard_vocab_limit=False)
    with open(path + ".model", "rb") as f:
        spec = dict(fields(f.read()))[3]
    return dict(fields(spec))[2]


def unigram(size, seed, normalizer, pre_tokenizer, special, unk, byte_fallback=False):
    t = Tokenizer(models.Unigram())
    t.normalizer, t.pre_tokenizer = normalizer, pre_tokenizer
    alphabet = sorted(set("".join(ALPHABETS[:6])))
    t.train_from_iterator(corpus(seed), trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token=unk, initial_alphabet=alphabet, show_progress=False))
    vocab = [(w, s) for w, s in json.loads(t.to_str())["model"]["vocab"]]
    if byte_fallback:
        vocab += [(f"<0x{b:02X}>", 0.0) for b in range(256)]
    t.model = models.Unigram(vocab, unk_id=[w for w, _ in vocab].index(unk), byte_fallback=byte_fallback)
    return t


def bpe(size, seed, normalizer, pre_tokenizer, special, **model):
    t = Tokenizer(models.BPE(**{k: v for k, v in model.items() if k in ("unk_token", "continuing_subword_prefix", "end_of_word_suffix")}))
    t.normalizer, t.pre_tokenizer = normalizer, pre_tokenizer
    alphabet = [] if model.get("byte_fallback") else pre_tokenizers.ByteLevel.alphabet()
    affixes = {k: model[k] for k in ("continuing_subword_prefix", "end_of_word_suffix") if k in model}
    t.train_from_iterator(corpus(seed), trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=alphabet, limit_alphabet=400, show_progress=False, **affixes))
    trained = json.loads(t.to_str())["model"]
    vocab = trained["vocab"]
    if model.get("byte_fallback"):
        for b in range(256):
            vocab.setdefault(f"<0x{b:02X}>", len(vocab))
    merges = [tuple(m.split(" ") if isinstance(m, str) else m) for m in trained["merges"]]  # lines before tokenizers 0.20
    t.model = models.BPE(vocab=vocab, merges=merges, **model)
    return t


def template(t, single, *tokens):
    t.post_processor = processors.TemplateProcessing(single=single, pair=single + " $B", special_tokens=[(w, t.token_to_id(w)) for w in tokens])


def clip():
    """CLIP's tokenizer.json, with its published merges."""
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    words = letters + [w + "</w>" for w in letters]
    table = (pathlib.Path(__file__).parents[2] / "src/clip/bpe_merges.bin").read_bytes()
    pairs = [int.from_bytes(table[i:i + 2], "little") for i in range(0, len(table), 2)]
    merges = []
    for first, second in zip(pairs[::2], pairs[1::2]):
        merges.append((words[first], words[second]))
        words.append(words[first] + words[second])
    words += ["<|startoftext|>", "<|endoftext|>"]
    t = Tokenizer(models.BPE(vocab={w: i for i, w in enumerate(words)}, merges=merges, continuing_subword_prefix="", end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.post_processor = processors.RobertaProcessing(("<|endoftext|>", 49407), ("<|startoftext|>", 49406), trim_offsets=False, add_prefix_space=False)
    t.add_special_tokens([AddedToken("<|startoftext|>", special=True, normalized=True), AddedToken("<|endoftext|>", special=True, normalized=False)])
    t.enable_truncation(77)
    t.enable_padding(length=77, pad_id=49407, pad_token="<|endoftext|>")
    return t


def every_kind(work, size):
    """Name -> what makes it."""
    N, P = normalizers, pre_tokenizers
    rules = N.Precompiled(charsmap(work))
    spaces = N.Replace(" ", "▁")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    kinds = {}

    def meta(scheme="always", split=True):
        return P.Metaspace(replacement="▁", prepend_scheme=scheme, split=split)

    def kind(name):
        return lambda make: kinds.setdefault(name, make)

    @kind("SigLIP of OpenCLIP (T5)")
    def _():
        t = unigram(size, 1, rules, P.Sequence([P.WhitespaceSplit(), meta()]), ["<pad>", "</s>", "<unk>"], "<unk>")
        template(t, "$A </s>", "</s>")
        t.enable_truncation(64)
        t.enable_padding(length=64, pad_id=1, pad_token="</s>")
        return t

    @kind("SigLIP of Hugging Face")
    def _():
        punctuation = Regex(r"""[!"\#\$%\&'\(\)\*\+,\-\.:;=\?@\[\\\]\^_`\{\|\}\~]""")
        t = unigram(size, 2, N.Sequence([N.Lowercase(), N.Replace(punctuation, ""), N.Replace(Regex(r"\s+"), " "), N.Strip(), rules]), meta(), ["<pad>", "</s>", "<unk>"], "<unk>")
        template(t, "$A </s>", "</s>")
        return t

    @kind("MetaCLIP 2 (XLM-R)")
    def _():
        t = unigram(size, 3, N.Sequence([rules, N.Replace(Regex(" {2,}"), " ")]), meta(), ["<s>", "<pad>", "</s>", "<unk>"], "<unk>")
        t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
        template(t, "<s> $A </s>", "<s>", "</s>")
        return t

    @kind("SigLIP i18n (mT5)")
    def _():
        t = unigram(size, 4, N.Sequence([rules, N.Strip(left=False, right=True), N.Replace(Regex(" {2,}"), "▁")]), meta("first"), ["<pad>", "</s>", "<unk>"], "<unk>")
        t.add_special_tokens([AddedToken(f"<extra_id_{i}>", special=True, rstrip=i == 1) for i in range(12)])
        template(t, "$A </s>", "</s>")
        return t

    @kind("Unigram with byte fallback")
    def _():
        t = unigram(size, 5, N.Sequence([N.Nmt(), N.NFKC()]), meta("first"), ["<unk>"], "<unk>", byte_fallback=True)
        return t

    @kind("Gemma")
    def _():
        t = bpe(size, 6, spaces, P.Split(" ", "merged_with_previous"), special, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
        t.add_tokens([AddedToken(w, normalized=False) for w in ["\n", "\n\n", "▁▁", "▁▁▁", "<table>"]])
        template(t, "<bos> $A", "<bos>")
        return t

    @kind("SigLIP 2")
    def _():
        t = bpe(size, 7, N.Sequence([N.Lowercase(), spaces]), P.Split(" ", "merged_with_previous"), special, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
        template(t, "$A <eos>", "<eos>")
        t.enable_truncation(64)
        t.enable_padding(length=64, pad_id=0, pad_token="<pad>")
        return t

    @kind("BPE with a prepended space (Llama)")
    def _():
        t = bpe(size, 8, N.Sequence([N.Prepend("▁"), spaces]), None, ["<unk>", "<s>", "</s>"], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
        template(t, "<s> $A", "<s>")
        return t

    @kind("CLIP")
    def _():
        return clip()

    @kind("byte-level BPE (RoBERTa)")
    def _():
        t = bpe(size, 9, None, P.ByteLevel(add_prefix_space=True), ["<s>", "<pad>", "</s>", "<unk>"])
        t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
        t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
        t.enable_truncation(20, direction="left")
        t.enable_padding(direction="left", pad_to_multiple_of=8, pad_id=1, pad_token="<pad>")
        return t

    @kind("byte-level BPE with a pattern (Llama 3)")
    def _():
        pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        t = bpe(size, 10, N.NFC(), P.Sequence([P.Split(Regex(pattern), "isolated"), P.ByteLevel(add_prefix_space=False, use_regex=False)]), ["<|begin|>", "<|end|>"], ignore_merges=True)
        t.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), processors.TemplateProcessing(single="<|begin|> $A", pair="$A $B", special_tokens=[("<|begin|>", 0)])])
        return t

    @kind("BPE with BERT's rules")
    def _():
        t = bpe(size, 11, N.BertNormalizer(), P.BertPreTokenizer(), ["[CLS]", "[SEP]", "[UNK]"], unk_token="[UNK]", continuing_subword_prefix="##")
        t.post_processor = processors.BertProcessing(("[SEP]", 1), ("[CLS]", 0))
        return t

    @kind("BPE of words, digits, punctuation")
    def _():
        t = bpe(size, 12, N.Sequence([N.NFD(), N.StripAccents(), N.Strip(), N.NFKD()]), P.Sequence([P.Whitespace(), P.Digits(True), P.Punctuation("contiguous")]), ["<unk>"], unk_token="<unk>",
                end_of_word_suffix="</w>")
        return t

    @kind("Unigram with added tokens")
    def _():
        t = unigram(size, 13, N.Sequence([N.Lowercase(), N.Replace("''", '"')]), P.Sequence([P.Split(Regex(r"\d+|[.,]"), "merged_with_next"), meta("first", False), P.FixedLength(7)]), ["<unk>"], "<unk>")
        t.add_tokens([AddedToken("Photo", single_word=True), AddedToken("NOT", normalized=False, lstrip=True), AddedToken("ab", rstrip=True), AddedToken("abc", single_word=True, lstrip=True, rstrip=True),
                      AddedToken("▁the", normalized=True), AddedToken("  ", normalized=False), AddedToken("é")])
        return t

    return kinds
