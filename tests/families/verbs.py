"""verbs.py PROGRAM WRITE_MODEL FAMILY [CASE...] - does every verb work with a model of this family?

The model is small and random (write_model.c): what is tested is that towers, tokenizer, heads and bias of each family reach everything above
them, and that what comes out follows from the embeddings; the embeddings themselves are parity's (tools/reference/families_torch.py)."""
import ast
import array
import http.client
import json
import math
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RWDA, WRITE_MODEL, FAMILY = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1)), sys.argv.pop(1)
SAMPLES = ROOT / "samples"
GOOD = sorted(str(p) for p in (SAMPLES / "good").iterdir())
DEFECT = sorted(str(p) for p in (SAMPLES / "defect").iterdir())
TWO = [str(SAMPLES / "good/wood.jpg"), str(SAMPLES / "defect/wood_hole.jpg")]
SIGMOID = FAMILY.startswith("siglip")
LARGE = FAMILY == "siglip-2"  # 86 million parameters: fewer runs; siglip-2-huggingface, which is small, has them all
NAMES = {"clip": "CLIP", "metaclip": "MetaCLIP 2", "siglip": "SigLIP", "pe": "PE-Core"}
TEXTS = ["a photo of a normal object", "a photo of an anomalous object", "a photo of a normal nut", "a photo", "Nut!"]


def npy(data):
    """-> shape, flat list of floats."""
    length = int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:10 + length].decode())
    values = array.array("f")
    values.frombytes(data[10 + length:])
    return header["shape"], values


def rows(data):
    (n, dim), values = npy(data)
    return [values[i * dim:(i + 1) * dim] for i in range(n)]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


class Family(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="rwda-family-"))
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.model = str(cls.work / "model")
        subprocess.run([WRITE_MODEL, FAMILY, cls.model], check=True)
        cls.environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "RWDA_", "XDG_"))}
        cls.environment.update(HOME=str(cls.work), XDG_CACHE_HOME=str(cls.work / "cache"), LC_ALL="C", NO_COLOR="1")
        cls.detector = cls.work / "d.safetensors"
        cls.run_program("train", "--model", cls.model, "--pairs", "200", "--epochs", "2", "--hidden", "16", "-o", str(cls.detector))

    # ---- helpers ----------------------------------------------------------------------------------------------------

    @classmethod
    def run_program(cls, *arguments, code=0, quiet=True):
        done = subprocess.run([RWDA, *map(str, arguments), *(["--quiet"] if quiet else [])], env=cls.environment, cwd=cls.work, capture_output=True)
        if done.returncode != code:
            raise AssertionError(f"rwda {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}")
        return done

    def rwda(self, verb, *arguments, model=None, **how):
        return self.run_program(verb, "--model", model or self.model, *arguments, **how).stdout

    def records(self, *arguments, verb="score", **how):
        return [json.loads(line) for line in self.rwda(verb, *arguments, **how).splitlines()]

    def scores(self, *arguments, **how):
        records = self.records(*arguments, **how)
        for r in records:
            self.assertTrue(0 <= r["score"] <= 1, r)
        return [r["score"] for r in records]

    def texts(self, *arguments, lines=TEXTS):
        (self.work / "texts.txt").write_text("".join(line + "\n" for line in lines))
        return self.rwda("embed", "--text", "texts.txt", "-o", "-", *arguments)

    def near(self, a, b, bound=2e-6):
        self.assertEqual(len(a), len(b))
        for x, y in zip(a, b):
            self.assertLess(abs(x - y), bound)

    # ---- the model --------------------------------------------------------------------------------------------------

    def test_info_and_verify(self):
        info = json.loads(self.run_program("model", "info", self.model, "--json").stdout)
        self.assertEqual(info["family"], NAMES[FAMILY.split("-")[0]])
        self.assertEqual(info["layout"], "huggingface" if FAMILY.endswith("huggingface") else "openclip")
        self.assertEqual("logit_bias" in info, SIGMOID)
        self.assertIn(info["sha256"], self.run_program("model", "verify", self.model).stdout.decode())
        self.assertEqual(self.run_program("model", "path", self.model).stdout.decode().strip(), self.model)

    def test_doctor_and_bench(self):
        checks = json.loads(self.rwda("doctor", "--json"))
        self.assertNotIn("failed", json.dumps(checks))
        stages = json.loads(self.rwda("bench", "--json", "--runs", "1", "--seconds", "0", "--pairs", "50", "--n-texts", "9", "--batches", "1,2"))
        self.assertGreaterEqual(len(json.dumps(stages)), 100)
        self.rwda("bench", "--agreement", *TWO)

    def test_tokenizer(self):
        out = self.rwda("tokenize", "a photo of a nut", "A Nut!")
        ids = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(ids), 2)
        if SIGMOID:
            self.assertEqual([len(i) for i in ids], [64, 64])
        self.assertNotEqual(ids[0], ids[1])

    # ---- embeddings: the same bytes whatever the machine, the batch and the cache --------------------------------------

    def test_texts_are_the_same_together_and_alone(self):
        together = self.texts()
        for arguments in (["--threads", "1"], ["--threads", "3"], ["--batch", "1"], ["--no-cache"]):
            self.assertEqual(self.texts(*arguments), together, arguments)
        for one, want in zip(TEXTS, rows(together)):  # without the others no beginning is shared
            self.assertEqual(rows(self.texts(lines=[one]))[0].tobytes(), want.tobytes(), one)
            self.assertAlmostEqual(dot(want, want), 1, 5)

    def test_images_are_the_same_whatever_the_batch(self):
        images = TWO if LARGE else GOOD[:5]
        whole = self.rwda("embed", "-o", "-", *images)
        for arguments in (["--threads", "1"], ["--threads", "3"], ["--batch", "1"], ["--batch", "2"], ["--no-cache"]):
            self.assertEqual(self.rwda("embed", "-o", "-", *arguments, *images), whole, arguments)
        self.assertEqual(rows(self.rwda("embed", "-o", "-", images[1]))[0].tobytes(), rows(whole)[1].tobytes())

    def test_packed_weights_from_the_cache_are_the_same(self):
        for precision in ("f32", "f16", "bf16", "int8") if not LARGE else ("f16",):
            arguments = ["--precision", precision, "--cache", f"packed-{precision}"]
            first = self.rwda("score", "--method", "clip", *arguments, *TWO)
            self.assertGreaterEqual(len(list((self.work / f"packed-{precision}").glob("*"))), 2)
            self.assertEqual(self.rwda("score", "--method", "clip", *arguments, *TWO).split(b'"ms"')[0], first.split(b'"ms"')[0])
            self.assertEqual(self.rwda("score", "--method", "clip", "--precision", precision, "--no-cache", *TWO).split(b'"ms"')[0], first.split(b'"ms"')[0])
            shutil.rmtree(self.work / f"packed-{precision}")

    def test_precisions_are_near(self):
        exact = rows(self.texts()) + rows(self.rwda("embed", "-o", "-", *TWO))
        for precision, least in (("f16", 0.9999), ("bf16", 0.999), ("int8", 0.99)):
            other = rows(self.texts("--precision", precision)) + rows(self.rwda("embed", "--precision", precision, "-o", "-", *TWO))
            self.assertGreater(min(dot(a, b) for a, b in zip(exact, other)), least, precision)

    def test_other_input_sides(self):
        own = self.scores("--method", "clip", *TWO)
        for side in {"siglip-2": (64, 96), "pe-core": (64, 128)}.get(FAMILY, (24, 32, 80)):
            other = self.scores("--method", "clip", "--image-size", side, *TWO)
            self.near(own, other, 0.5)
            self.rwda("map", "--image-size", side, "-o", f"side-{side}", *TWO)

    # ---- scores: what the formulas make of the embeddings ------------------------------------------------------------

    def test_scores_follow_from_the_embeddings(self):
        scale = json.loads(self.run_program("model", "info", self.model, "--json").stdout)["logit_scale"]
        normal, anomalous = rows(self.texts())[:2]
        want = [1 / (1 + math.exp(scale * (dot(x, normal) - dot(x, anomalous)))) for x in rows(self.rwda("embed", "-o", "-", *TWO))]
        self.near(self.scores("--method", "clip", "--prompts", "single", *TWO), want, 1e-5)
        both = self.records("--method", "both", "-d", self.detector, *TWO)
        self.near([r["score"] for r in both], [(r["score_fnn"] + r["score_clip"]) / 2 for r in both])
        self.near([r["score_clip"] for r in both], self.scores("--method", "clip", *TWO))
        self.near([r["score_fnn"] for r in both], self.scores("-d", self.detector, *TWO))
        self.near(self.scores("--method", "winclip", *TWO), self.scores("--method", "clip", "--resize", "squash", *TWO))

    def test_every_method_and_plan(self):
        for method in ("fnn", "lda", "paired", "both") if not LARGE else ("both",):
            for crops in ("one", "5", "2x2", "3x3") if not LARGE else ("2x2",):
                self.assertEqual(len(self.scores("--method", method, "-d", self.detector, "--crops", crops, "--pool", "logit", *TWO)), 2)
        for resize in ("config", "shortest", "squash", "tiles"):
            self.scores("-d", self.detector, "--resize", resize, "--object", "wood", "--method", "both", *TWO)

    def test_presets(self):
        for preset in ("paper", "best") if not LARGE else ("best",):
            out = f"{preset}.safetensors"
            self.rwda("train", "--preset", preset, "--pairs", "100", "--epochs", "1", "--hidden", "8", "-o", out)
            self.rwda("train", "--preset", preset, "--pairs", "100", "--epochs", "1", "--hidden", "8", "--no-cache", "--threads", "1", "-o", "again", "-f")
            self.assertEqual((self.work / out).read_bytes(), (self.work / "again").read_bytes())
            self.scores("-d", out, *TWO)

    @unittest.skipUnless(FAMILY in ("clip-huggingface", "metaclip-2-huggingface", "siglip-2-huggingface"), "one of each kind of text: 20,000 of them")
    def test_without_a_detector_one_is_trained_and_kept(self):
        def scored():  # -> scores, what a person sees
            ours, theirs = pty.openpty()
            process = subprocess.Popen([RWDA, "score", "--model", self.model, "--cache", "ready", "--format", "csv", *TWO], env=self.environment,
                                       cwd=self.work, stdout=subprocess.PIPE, stderr=theirs)
            os.close(theirs)
            seen = b""
            try:
                while part := os.read(ours, 4096):
                    seen += part
            except OSError:  # its end
                pass
            os.close(ours)
            out, _ = process.communicate()
            self.assertEqual(process.returncode, 0, seen)
            return out, seen

        first, seen = scored()
        self.assertIn(b"one is trained for this model now", seen)
        self.assertRegex(seen, rb"\rtext embeddings +100 %  20000 of 20000")
        self.assertRegex(seen, rb"\rnetwork 1 of 1 +50 %  200 of 400")
        kept = list((self.work / "ready/detectors").iterdir())
        self.assertEqual(len(kept), 1)
        stamp = kept[0].stat().st_mtime_ns
        again, seen = scored()
        self.assertNotIn(b"is trained", seen)
        self.assertEqual((again, kept[0].stat().st_mtime_ns), (first, stamp))

    def test_kinds(self):
        for r in self.records("--method", "clip", "--kinds", "scratch,hole,stain", *TWO):
            shares = [k["score"] for k in r["kinds"]]
            self.assertEqual(sorted({k["kind"] for k in r["kinds"]}), ["hole", "scratch", "stain"])
            self.assertEqual(shares, sorted(shares, reverse=True))
            self.assertAlmostEqual(sum(shares), 1, 5)

    @unittest.skipUnless(SIGMOID, "no bias")
    def test_the_bias_of_a_sigmoid_is_in_nothing_that_is_shown(self):
        other = str(self.work / "other")
        subprocess.run([WRITE_MODEL, FAMILY, other, "-3"], check=True)

        def all_of(model):
            out = [self.rwda("score", "--method", "clip", "--kinds", "scratch,hole", *TWO, model=model),
                   self.rwda("score", "--method", "both", "-d", f"{model}-d", "--prompts", "single", *TWO, model=model),
                   self.rwda("map", "-o", f"{model}-maps", *TWO, model=model),
                   *(p.read_bytes() for p in sorted(pathlib.Path(f"{model}-maps").rglob("*")) if p.is_file()),
                   self.rwda("report", "--method", "clip", "--title", "t", "-o", "-", *TWO, model=model)]
            varies = rb'"ms":\{[^}]*\}|[0-9a-f]{64}|sha256:[0-9a-f]*|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]*Z?|%s' % model.encode()
            return [re.sub(varies, b"", text) for text in out]

        for model in (self.model, other):
            self.rwda("train", "--pairs", "50", "--epochs", "1", "--hidden", "8", "-o", f"{model}-d", model=model)
        self.assertEqual(all_of(self.model), all_of(other))
        shutil.rmtree(other)

    # ---- maps and memory ----------------------------------------------------------------------------------------------

    def test_maps(self):
        for mode in ("patches", "windows", "crops"):
            for method in ("winclip", "fnn", "both", "lda") if not LARGE else ("both",):
                maps = [self.rwda("map", "--mode", mode, "--method", method, "-d", self.detector, "--write", "npy", "-o", f"maps-{mode}-{method}-{n}",
                                  "--threads", n, TWO[1]) for n in (1, 3)]
                found = [list((self.work / f"maps-{mode}-{method}-{n}").rglob("*.npy")) for n in (1, 3)]
                self.assertEqual([len(f) for f in found], [1, 1])
                self.assertEqual(found[0][0].read_bytes(), found[1][0].read_bytes(), (mode, method))
                shape, values = npy(found[0][0].read_bytes())
                self.assertEqual(shape, (256, 256))
                self.assertTrue(0 <= min(values) < max(values) <= 1, (mode, method, min(values), max(values)))
                self.assertAlmostEqual(json.loads(maps[0])["map"]["max"], max(values), 6)
        for blocks in (0, 1, 2):
            self.rwda("map", "--value-blocks", blocks, "--tile", "squares", "--threshold", "0.5", "-o", f"blocks-{blocks}", TWO[1])

    def test_memory(self):
        for name, how in {"one": [], "layers": ["--layers", "1,2", "--keep", "25%", "--storage", "int8", "--tiles", "2", "--neighbourhood", "3"],
                          "turned": ["--rotations", "--class-weight", "0.5", "--robust", "30%"]}.items():
            self.rwda("remember", *how, *GOOD[:4], "-o", f"{name}.memory")
            known, new = self.scores("--memory", f"{name}.memory", GOOD[0], TWO[1])
            if name != "turned":
                self.assertLess(known, new)
            self.assertEqual(self.scores("--memory", f"{name}.memory", "--threads", "1", GOOD[0], TWO[1]), [known, new])
        self.scores("--memory", "one.memory", "--fuse", "0.2", "-d", self.detector, *TWO)
        self.rwda("map", "--memory", "one.memory", "-o", "maps-memory", *TWO)
        self.assertEqual(self.scores("--normal", SAMPLES / "good", *TWO)[0] < 0.01, True)
        self.scores("--mutual", *GOOD[:5], TWO[1])

    def test_calibrate_and_report(self):
        self.rwda("calibrate", "-d", self.detector, "--review", "0.5", SAMPLES / "good", "-o", "t.json")
        labels = {r["label"] for r in self.records("-d", self.detector, "--threshold", "t.json", *GOOD)}
        self.assertLessEqual(labels, {"normal", "review"})
        self.rwda("remember", *GOOD[:4], "-o", "c.memory")
        self.rwda("calibrate", "--memory", "c.memory", "-o", "m.json")
        self.assertEqual(self.records("--memory", "c.memory", "--threshold", "m.json", GOOD[0])[0]["label"], "normal")
        self.rwda("report", "-d", self.detector, "--threshold", "t.json", "-o", "r.html", SAMPLES)
        self.assertIn("wood_hole.jpg", (self.work / "r.html").read_text())

    # ---- data sets ----------------------------------------------------------------------------------------------------

    def data(self):
        root = self.work / "data/thing"
        if not root.exists():
            (root / "test").mkdir(parents=True)
            for kind, images in (("good", GOOD), ("hole", DEFECT)):
                (root / "test" / kind).mkdir()
                for image in images:
                    os.symlink(image, root / "test" / kind / os.path.basename(image))
        return root.parent

    def test_eval(self):
        few = ["--data", self.data(), "--seeds", "2", "--pairs", "40", "--limit", "3"]
        rows = self.rwda("eval", *few, "--method", "fnn,both,clip-ac,clip,winclip,lda,paired", "--method", "memory,mutual,memory+words,winclip+,class-nn",
                         "--shots", "1", "--draws", "1", "--crops", "one,2x2", "--format", "csv", "-o", "results").decode().splitlines()
        self.assertGreater(len(rows), 12)
        self.assertEqual(self.rwda("eval", *few, "--method", "clip,fnn", "--format", "csv", "--threads", "1"),
                         self.rwda("eval", *few, "--method", "clip,fnn", "--format", "csv", "--threads", "3"))

    def test_experiment(self):
        few = ["--data", self.data(), "--seeds", "1", "--pairs", "40", "--limit", "2", "-o", "studies"]
        for study in ("models", "fusion", "states") if not LARGE else ("models",):
            self.rwda("experiment", study, *few)
        table = (self.work / "studies/models.csv").read_text()
        self.assertEqual(table.count(f'"{NAMES[FAMILY.split("-")[0]]}"'), 6)
        self.assertNotIn("not measured", table)

    # ---- the service --------------------------------------------------------------------------------------------------

    def test_serve(self):
        service = subprocess.Popen([RWDA, "serve", "--listen", "127.0.0.1:0", "--model", self.model, "-d", str(self.detector)], env=self.environment,
                                   cwd=self.work, stderr=subprocess.PIPE, text=True)
        try:
            port = next(int(m.group(1)) for m in (re.search(r'"listening","url":"[^"]*:(\d+)"', line) for line in service.stderr) if m)
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            self.addCleanup(client.close)

            def post(path, body, kind="image/jpeg"):
                client.request("POST", path, body, {"Content-Type": kind})
                answer = client.getresponse()
                text = answer.read()
                self.assertEqual(answer.status, 200, text)
                return text

            image = pathlib.Path(TWO[1]).read_bytes()
            for query, how in (("", ["-d", self.detector]), ("?method=both&crops=2x2", ["-d", self.detector, "--method", "both", "--crops", "2x2"]),
                               ("?method=winclip", ["--method", "winclip"])):
                self.near([json.loads(post("/v1/score" + query, image))["score"]], self.scores(*how, TWO[1]))
            self.assertAlmostEqual(sum(k["score"] for k in json.loads(post("/v1/score?kinds=scratch,hole", image))["kinds"]), 1, 5)
            self.assertEqual(post("/v1/score?method=winclip&map=png", image)[:4], b"\x89PNG")
            answer = json.loads(post("/v1/embed", json.dumps({"texts": TEXTS}), "application/json"))
            for got, want in zip(answer["embeddings"], rows(self.texts())):
                self.near(got, want, 1e-6)
        finally:
            service.terminate()
            service.stderr.close()
            self.assertEqual(service.wait(60), 0)


if __name__ == "__main__":
    unittest.main(argv=["verbs.py", *sys.argv[1:]], verbosity=1)
