"""models.py PROGRAM WRITE_MODEL - does 'rwda experiment models' compare models of all families, and lose nothing when one fails or it is ended?"""
import csv
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
RWDA, WRITE_MODEL = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
METHODS = ["RWDA FNN", "LDA", "RWDA FNN + CLIP", "CLIP, two prompts", "CLIP, ensemble", "WinCLIP"]
FAMILIES = {"demo": "CLIP", "siglip-huggingface": "SigLIP", "pe-core": "PE-Core", "metaclip-2": "MetaCLIP 2"}
MEASURED = ["auroc", "ap", "f1_max", "ms for an image", "peak memory, MiB", "weights, MiB", "parameters, millions", "input, pixels"]


class Models(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="rwda-models-"))
        self.addCleanup(shutil.rmtree, self.work)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "RWDA_", "XDG_"))}
        self.environment.update(HOME=str(self.work), XDG_CACHE_HOME=str(self.work / "cache"), LC_ALL="C")
        for family in FAMILIES:
            if family != "demo":
                subprocess.run([WRITE_MODEL, family, self.work / family], check=True)
        for kind in ("good", "defect"):
            shutil.copytree(ROOT / "samples" / kind, self.work / "data/thing/test" / kind)

    def start(self, models, out, *arguments):
        return subprocess.Popen([RWDA, "experiment", "models", "--data", "data", "--model", ",".join(models), "-o", out, "--seeds", "2", "--pairs", "100",
                                 "--limit", "4", "--quiet", *arguments], env=self.environment, cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def table(self, models, out, *arguments, code=0):
        process = self.start(models, out, *arguments)
        _, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, code, err.decode())
        with open(self.work / out / "models.csv", newline="") as file:
            return list(csv.DictReader(file))

    def scores(self, rows):
        return {(r["setting"], r["series"]): (r["auroc"], r["ap"], r["f1_max"]) for r in rows}

    def test_families_side_by_side(self):
        rows = self.table(FAMILIES, "out")
        self.assertEqual([(r["setting"], r["series"]) for r in rows], [(f, m) for f in FAMILIES for m in METHODS])
        for row in rows:
            self.assertEqual(row["family, or what is wrong"], FAMILIES[row["setting"]])
            for name in MEASURED:
                self.assertGreater(float(row[name]), 0, (row["setting"], row["series"], name))
        plot = xml.etree.ElementTree.parse(self.work / "out/models.svg").getroot()
        texts = [e.text for e in plot.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(len(list(plot.iter("{http://www.w3.org/2000/svg}circle"))), len(rows))
        for name in [*FAMILIES, *METHODS]:  # two models that stand where they cannot both be named are in the table
            self.assertLessEqual(texts.count(name), 1)
        self.assertGreaterEqual(sum(texts.count(name) for name in FAMILIES), 2)
        markdown = (self.work / "out/models.md").read_text()
        self.assertEqual(len(re.findall(r"^\| ", markdown, re.M)), 1 + len(rows))
        self.assertIn("4 models were compared.", markdown)

    def test_one_that_fails_is_a_line(self):
        (self.work / "broken").mkdir()
        (self.work / "broken/open_clip_config.json").write_text("{}")
        shutil.copytree(self.work / "siglip-huggingface", self.work / "mute")
        (self.work / "mute/tokenizer.json").unlink()
        models = ["broken", "siglip-huggingface", "mute", "nowhere", "metaclip-2"]
        rows = self.table(models, "out", code=1)
        self.assertEqual([r["setting"] for r in rows], ["broken", *["siglip-huggingface"] * 6, "mute", "nowhere", *["metaclip-2"] * 6])
        lines = {r["setting"]: r["family, or what is wrong"] for r in rows if r["series"] == "not measured"}
        self.assertIn("model_cfg is missing", lines["broken"])
        self.assertIn("need its tokenizer", lines["mute"])
        self.assertIn("nowhere", lines["nowhere"])
        alone = self.start(["broken"], "none")
        _, err = alone.communicate(timeout=60)
        self.assertEqual((alone.returncode, b"model_cfg is missing" in err), (4, True))

    def test_it_goes_on_where_it_was_ended(self):
        models = ["siglip-huggingface", "metaclip-2", "pe-core"]
        whole = self.table(models, "whole")
        process = self.start(models, "part")
        first = self.work / "part/kept"
        until = time.time() + 120
        while process.poll() is None and time.time() < until and len(list(first.glob("models-*-fnn.txt"))) < 2:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertFalse((self.work / "part/models.csv").exists())
        kept = {p: p.stat().st_mtime_ns for p in first.glob("models-*-fnn.txt")}
        self.assertGreater(len(kept), 0)
        rows = self.table(models, "part")
        self.assertEqual(self.scores(rows), self.scores(whole))
        self.assertEqual({p: p.stat().st_mtime_ns for p in kept}, kept)
        more = self.table(["demo", *reversed(models)], "part", "--force")  # one more, in another order: what was measured is taken
        self.assertEqual({k: v for k, v in self.scores(more).items() if k[0] != "demo"}, self.scores(whole))
        times = {(r["setting"], r["series"]): r["ms for an image"] for r in rows}
        self.assertEqual({k: v for k, v in {(r["setting"], r["series"]): r["ms for an image"] for r in more}.items() if k[0] != "demo"}, times)


if __name__ == "__main__":
    unittest.main(argv=["models.py", *sys.argv[1:]])
