"""rows.py - what is compared with what, and what is the goal?  One function for each row of the yardstick."""
import json
import os
import subprocess
import sys

from machine import DEBIAN, HERE, Goal, Once, Runner, Table, environment

DEMO = os.path.join(HERE, "..", "..", "models", "demo")
REFERENCE = os.path.join(HERE, "..", "..", "tools", "reference")
FEW = 16  # images of the second memory row
WEIGHED = 3  # times as many rounds where processes are weighed: ONNX Runtime takes one of two sizes, by chance
PROMPTS = 20000  # of a training
PADDED = 32  # texts of the peer that pads: to it all are alike
SAME = Goal(1, at_most=True)
FAMILIES = {"siglip": "ViT-B-16-SigLIP", "pe-core": "PE-Core-B-16"}  # open_clip's configurations
FAMILY_TEXTS, FAMILY_PROMPTS = 64, 1000  # prompts a run, and the number to which they are scaled
PASS_ROWS = 2048  # rows of texts that the engine takes through its text tower together (src/clip/encoder.c)


class Rows:
    def __init__(self, args):
        self.args, self.program, self.table, self.policies = args, os.path.join(args.build, "rwda"), Table(args.pairs, args.turn), {}
        self.model = os.path.join(args.work, args.architecture)
        self.cache = self.path("cache")  # what the engine keeps between starts: not the user's own
        os.makedirs(self.cache, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.args.work, *names)

    def of_model(self, name):
        return os.path.join(self.model, name)

    # -- who takes part

    def command(self, verb, *arguments, model=None, threads=None, precision="f32"):
        return [self.program, verb, *map(str, arguments), "--quiet", "--model", model or self.model, "--threads", str(threads or self.args.threads),
                "--precision", precision]

    def engine(self, stage, *arguments, name="rwda", threads=None, **more):
        threads = threads or self.args.threads
        return Runner(name, self.command("bench", "--stages", stage, "--step", *arguments, threads=threads, **more), self.environment(threads))

    def environment(self, threads=None, cache=None, **more):
        return environment(threads or self.args.threads, XDG_CACHE_HOME=cache or self.cache, **more)

    def worker(self, kind, *arguments, threads=None, python=sys.executable):
        return [python, "-W", "ignore", os.path.join(HERE, "worker.py"), kind, *map(str, arguments), "--threads", str(threads or self.args.threads)]

    def peer(self, name, kind, *arguments, threads=None, python=sys.executable, policy="passive", optional=False):
        threads = threads or self.args.threads
        return Runner(name, self.worker(kind, *arguments, threads=threads, python=python), environment(threads, policy), optional)

    def current_torch(self, kind, *arguments, threads=None):
        """PyPI's PyTorch, waiting in the way that is faster here for this kind of work; a list of one, or empty where it is not installed."""
        if not self.args.torch:
            return []
        make = lambda policy: self.peer(f"PyTorch {self.version(self.args.torch, 'torch')}, PyPI", kind, *arguments, threads=threads,
                                        python=self.args.torch, policy=policy, optional=True)
        if (kind, threads) not in self.policies:
            trials = {}
            for policy in ("passive", None):
                one = make(policy)
                alone = Table(3, 0)
                alone.take_turns([one])
                trials[policy] = max(one.rates, default=0)
            self.policies[kind, threads] = max(trials, key=trials.get)
        return [make(self.policies[kind, threads])]

    @staticmethod
    def version(python, module):
        done = subprocess.run([python, "-W", "ignore", "-c", f"import {module}; print({module}.__version__)"], capture_output=True, text=True)
        return done.stdout.strip()

    # -- images

    def image(self, what, batch, threads, goal):
        onnx, pixels = self.of_model("image.onnx"), self.of_model("pixels.npy")
        data = ("--pixels", pixels, "--batch", batch)
        current = self.current_torch("torch-image", "--model", self.model, *data, threads=threads)  # first: its trial wants the machine for itself
        peers = [self.peer("ONNX Runtime", "onnx-image", "--model", onnx, *data, threads=threads),
                 self.peer("PyTorch 1.13, Debian, tuned", "torch-image", "--model", self.model, *data, threads=threads), *current]
        if has("openvino"):
            peers.append(self.peer("OpenVINO", "openvino-image", "--model", onnx, *data, threads=threads, optional=True))
        if self.args.ggml:
            peers.append(self.peer("ggml", "ggml-image", "--model", self.of_model("image.bare.onnx"), *data, threads=threads, python=self.args.ggml,
                                   optional=True))
        mine = self.engine("vision", "--batches", batch, threads=threads)
        self.table.race(what, "images/s", [mine] + peers, [goal] + [None] * (len(peers) - 1))

    def image_8(self):
        self.image("image f32, batch 8", 8, self.args.threads, Goal(1.5, 1.3))

    def image_1(self):
        self.image("image f32, batch 1", 1, self.args.threads, Goal(1.7, 1.4))

    def image_1_thread(self):
        self.image("image f32, batch 8, one thread", 8, 1, Goal(1.35, 1.25))

    def image_int8(self, batch):
        peers = [self.peer(name, "onnx-image", "--model", self.of_model(file), "--pixels", self.of_model("pixels.npy"), "--batch", batch)
                 for name, file in (("ONNX Runtime int8", "image.int8.onnx"), ("ONNX Runtime f32", "image.onnx"))]
        mine = self.engine("vision", "--batches", batch, precision="int8")
        self.table.race(f"image int8, batch {batch}", "images/s", [mine] + peers, [Goal(1.6, 1.3), Goal(4.2, 3.2)])
        self.distances("image", "pictures")

    def image_8_int8(self):
        self.image_int8(8)

    def image_1_int8(self):
        self.image_int8(1)

    def distances(self, kind, things):
        """How far from float32 both 8-bit ways are: prepare.py has compared them."""
        with open(self.of_model("int8.json"), encoding="utf-8") as f:
            d = json.load(f)[kind]
        what = f"{kind} int8, 1 - cosine to its own f32"
        if any(row["what"].startswith(what) for row in self.table.rows):
            return
        for of in ("mean", "largest"):
            mine, theirs = d["rwda"][of], d["onnx"][of]
            self.table.add(f"{what}, {of} of {d['n']} {things}", "1e-6", 1e6 * mine, "ONNX Runtime int8", 1e6 * theirs, mine / max(theirs, 1e-12),
                           goal=SAME if of == "mean" else None)

    def storage(self):
        """16-bit weights against float32 ones of the same engine: speed and whole processes' memory."""
        for precision in ("f16", "bf16"):
            mine = self.engine("vision", "--batches", 8, name=precision, precision=precision)
            other = self.engine("vision", "--batches", 8, name="rwda f32")
            self.table.race(f"image {precision}, batch 8", "images/s", [mine, other], [Goal(0.95, 0.9)])
            weighed = [self.score(name, self.path("side.png"), precision=p) for name, p in ((f"rwda {precision}", precision), ("rwda f32", "f32"))]
            share = self.table.take_turns(weighed)
            self.table.weigh(f"peak memory of a process, image {precision}, batch 1 (share of f32's)", weighed, [Goal(0.52, 0.55, at_most=True)], share,
                             inverse=False)

    # -- texts

    def texts(self, what, model, precision, goals):
        """The first n of the prompts, which prepare.py has shuffled: engine and the peer that cuts get the same sample.  Scaling is against both a
        little: among more texts, more begin alike and more are of one length."""
        ids, n, onnx = self.path("ids.json"), self.args.texts, self.of_model(model)
        few = min(PADDED, n)
        peer = lambda name, pad, count: self.peer(name, "onnx-text", "--model", onnx, "--ids", ids, "--pad", pad, "--count", count)
        name = "ONNX Runtime" + (" int8" if precision == "int8" else "")
        mine = self.engine("text", "--texts", self.path("prompts.txt"), "--n-texts", n, precision=precision)
        sample = f"scaled from {n} of them drawn at random" if n < PROMPTS else "all of them"
        self.table.race(f"{what} ({sample}; padded: from {few} of these)", "s",
                        [mine, peer(name + ", padded to 77", 77, few), peer(name + ", cut to the real length", 0, n)], goals, lambda rate: PROMPTS / rate)

    def text(self):
        self.texts("20,000 prompts, f32", "text.onnx", "f32", [Goal(9.5, 7), Goal(1.9, 1.5)])

    def text_int8(self):
        self.texts("20,000 prompts, int8", "text.int8.onnx", "int8", [Goal(9, 7), Goal(1.8, 1.4)])
        self.distances("text", "prompts")

    # -- other families, made and run by open_clip

    def family_image(self, name, batch):
        folder = self.path(name)
        data = ("--pixels", os.path.join(folder, "pixels.npy"), "--batch", batch)
        current = self.current_torch("open_clip-image", "--model", folder, *data)
        peers = [self.peer("ONNX Runtime", "onnx-image", "--model", os.path.join(folder, "image.onnx"), *data), *current]
        self.table.race(f"{name}, image f32, batch {batch}", "images/s", [self.engine("vision", "--batches", batch, model=folder)] + peers, [None] * len(peers))

    def family_text(self, name, precision="f32"):
        """Texts that are not causal are whole contexts on all sides, and alike; others are cut to their length on all sides.  What the engine's
        products do by themselves is one more peer where all rows of a pass are known beforehand."""
        folder = self.path(name)
        with open(os.path.join(folder, "open_clip_config.json"), encoding="utf-8") as f:
            text = json.load(f)["model_cfg"]["text_cfg"]
        peers, goals = [], []
        if precision == "f32":
            data = ("--ids", os.path.join(folder, "ids.json"), "--pad", 0, "--count", FAMILY_TEXTS)
            current = self.current_torch("open_clip-text", "--model", folder, *data)
            peers = [self.peer("ONNX Runtime", "onnx-text", "--model", os.path.join(folder, "text.onnx"), *data), *current]
            goals = [None] * len(peers)
        if text.get("no_causal_mask"):
            peers.append(self.products(text["width"], text["layers"], text["context_length"], precision))
            goals.append(Goal(0.85) if precision == "f32" else None)
        mine = self.engine("text", "--texts", self.path("prompts.txt"), "--n-texts", FAMILY_TEXTS, model=folder, precision=precision)
        self.table.race(f"{name}, {FAMILY_PROMPTS:,} prompts {precision} (scaled from {FAMILY_TEXTS})", "s", [mine] + peers, goals, lambda rate: FAMILY_PROMPTS / rate)

    def products(self, width, layers, tokens, precision):
        """Of a pass of whole contexts: in the last layer one row a text goes on, and has a query."""
        texts = PASS_ROWS // tokens
        rows, shapes = texts * tokens, []
        for layer in range(layers):
            last = layer + 1 == layers
            shapes += [(rows, width, 2 * width), (texts, width, width)] if last else [(rows, width, 3 * width)]
            out = texts if last else rows
            shapes += [(out, width, width), (out, width, 4 * width), (out, 4 * width, width)]
        program = os.path.join(self.args.build, "tests", "product_time")
        return Runner("its products alone", [program, str(texts), str(self.args.threads), precision, *("x".join(map(str, s)) for s in shapes)], self.environment())

    # -- training

    def fnn(self):
        pairs, epochs = self.args.fnn_pairs, self.args.fnn_epochs
        steps = os.path.join(self.args.build, "tests", "fnn_steps")
        if os.path.exists(steps) and not self.args.quick:
            subprocess.run([sys.executable, "-W", "ignore", os.path.join(REFERENCE, "fnn_torch.py"), "--program", steps, "--work", self.args.work],
                           check=True, env=environment(self.args.threads))
        data = ("--rows", 2 * pairs, "--hidden", 512, "--batch", 256, "--epochs", epochs)
        current = self.current_torch("torch-fnn", *data)
        mine = self.engine("train", "--pairs", pairs, "--hidden", 512, "--dropout", 0, "--batch-pairs", 128, "--epochs", epochs, model=self.path("tiny-640"))
        peers = [self.peer("PyTorch 1.13, Debian, tuned", "torch-fnn", *data), *current]
        total = 2 * pairs * epochs
        self.table.race(f"network 640-512-1, {2 * pairs} x {epochs}, 256 rows a step", "s", [mine] + peers, [Goal(3, 2.5)] * len(peers),
                        lambda rate: total / rate)

    # -- whole processes

    def score(self, name, *pictures, precision="f32", fresh=None, batch=FEW):
        """`rwda score` with a detector, from its start to its end."""
        detector = self.of_model("detector.safetensors")
        if not os.path.exists(detector):
            subprocess.run(self.command("train", "--pairs", 16, "--epochs", 1, "--no-cache", "--force", "-o", detector), check=True, env=self.environment())
        return Once(name, self.command("score", "--detector", detector, "--batch", batch, *pictures, precision=precision),
                    self.environment(cache=fresh), fresh)

    def once(self, name, kind, model, *pictures):
        arguments = ("--model", model, "--side", self.side(), "--images", *pictures)
        return Once(name, self.worker(kind, *arguments), environment(self.args.threads))

    def side(self):
        with open(self.of_model("open_clip_config.json"), encoding="utf-8") as f:
            return json.load(f)["model_cfg"]["vision_cfg"]["image_size"]

    def starts(self, precision, peers, goals):
        picture = self.path("900.png")
        peers = [self.once(f"{name}, first embedding", kind, model, picture) for name, kind, model in peers]
        self.table.race(f"cold start to the first score, {precision}, warm page cache", "s", [self.score("rwda", picture, precision=precision)] + peers, goals,
                        lambda rate: 1 / rate)
        self.table.race(f"the very first start, {precision}: nothing kept from an earlier one", "s",
                        [self.score("rwda", picture, precision=precision, fresh=self.path("fresh")), peers[0]], [None], lambda rate: 1 / rate)

    def start(self):
        self.starts("f32", [("ONNX Runtime", "start-onnx", self.of_model("image.onnx")),
                            ("PyTorch 1.13, Debian, tuned", "start-torch", self.model)], [Goal(5, 4), Goal(16, 12)])

    def start_int8(self):
        self.starts("int8", [("ONNX Runtime int8", "start-onnx", self.of_model("image.int8.onnx"))], [Goal(4, 3)])

    def peaks(self, precision, model, goal):
        """Images have the side of the model's input, so that the encoder is weighed and not what large images need while they wait."""
        name, small = "ONNX Runtime" + (" int8" if precision == "int8" else ""), self.path("side.png")
        one = [self.score("rwda", small, precision=precision), self.once(name, "start-onnx", self.of_model(model), small)]
        share = self.table.take_turns(one, WEIGHED * self.args.pairs)
        self.table.weigh(f"peak memory of a process, image {precision}, batch 1 (times less)", one, [goal], share)
        many = [self.score("rwda", *[small] * FEW, precision=precision), self.once(name, "start-onnx", self.of_model(model), *[small] * FEW)]
        share = self.table.take_turns(many, WEIGHED * self.args.pairs)
        more = [max(0, sorted(b.peaks)[len(b.peaks) // 2] - sorted(a.peaks)[len(a.peaks) // 2]) for a, b in zip(one, many)]
        self.table.add(f"batch {FEW} adds, {precision}", "MB", more[0], name, more[1], goal=Goal(20, at_most=True), share=share, judged=more[0])
        large = self.score("rwda", *[self.path("1024.jpg")] * FEW, precision=precision)
        bare = self.once("Python with its imports, no model", "start-none", model, small)
        for r in (large, bare):
            r.turn(0)
        self.table.add(f"the same process with {FEW} JPEG of 1024 x 1024, {precision}; against: the peer's interpreter alone", "MB", large.peaks[0],
                       bare.name, bare.peaks[0])

    def memory(self):
        self.peaks("f32", "image.onnx", Goal(1.5, 1.4))

    def memory_int8(self):
        self.peaks("int8", "image.int8.onnx", Goal(1.65, 1.5))

    # -- before the encoder

    def front(self):
        for file, what in (("900.png", "PNG 900 x 900"), ("1024.jpg", "JPEG 1024 x 1024")):
            picture = self.path(file)
            mine = self.engine("front", "--image-size", "240", picture, model=DEMO, threads=1)
            peers = [self.peer(f"Pillow {self.version(python, 'PIL')}, {where}", "pillow", "--images", picture, "--side", 240, threads=1, python=python)
                     for python, where in ((DEBIAN, "Debian"), (sys.executable, "PyPI"))]
            self.table.race(f"decode + resize + normalise, {what}, one thread", "images/s", [mine] + peers, [Goal(1.4, 1.0)] * 2)


def has(module):
    import importlib.util
    return importlib.util.find_spec(module) is not None


# In the order in which they are measured.
ROWS = {"image-8": Rows.image_8, "image-1": Rows.image_1, "image-1-thread": Rows.image_1_thread, "image-8-int8": Rows.image_8_int8,
        "image-1-int8": Rows.image_1_int8, "storage": Rows.storage, "text": Rows.text, "text-int8": Rows.text_int8, "fnn": Rows.fnn, "start": Rows.start,
        "start-int8": Rows.start_int8, "memory": Rows.memory, "memory-int8": Rows.memory_int8, "front": Rows.front}
for _row, _name in FAMILIES.items():
    ROWS.update({f"{_row}-image-{b}": (lambda rows, name=_name, b=b: rows.family_image(name, b)) for b in (8, 1)})
    ROWS[f"{_row}-text"] = lambda rows, name=_name: rows.family_text(name)
ROWS["siglip-text-int8"] = lambda rows: rows.family_text(FAMILIES["siglip"], "int8")
ROWS["siglip-text-bf16"] = lambda rows: rows.family_text(FAMILIES["siglip"], "bf16")
