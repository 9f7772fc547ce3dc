"""pull.py PROGRAM [CASE...] - does `rwda model pull` do right by a hub, good days and bad?  Every case has a hub of its own on loopback."""
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from hub import Hub, Repository

ROOT = pathlib.Path(__file__).resolve().parents[2]
RWDA = sys.argv.pop(1)
CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"
READ = (ROOT / "tests/model" / CONFIG).read_bytes()  # a config that this version reads


def pattern(size, seed=1):
    """Bytes that no compression and no luck makes equal."""
    return b"".join(hashlib.sha256(b"%d %d" % (seed, i)).digest() for i in range(size // 32 + 1))[:size]


def plain(length=300_000, **faults):
    """A small repository: what `pull` looks at need not be a model."""
    return Repository({CONFIG: READ, WEIGHTS: pattern(length), "README.md": b"---\nlicense: mit\n---\n# card\n"}, **faults)


class Pull(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="rwda-hub-"))
        self.hub = Hub()
        self.cache = self.work / "cache"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "TRANSFORMERS_", "RWDA_", "XDG_"))}
        self.environment.update(HOME=str(self.work), HF_HUB_CACHE=str(self.cache), HF_ENDPOINT=self.hub.endpoint, no_proxy="*", LC_ALL="C",
                                XDG_CACHE_HOME=str(self.work / "other"))

    def tearDown(self):
        self.hub.close()
        shutil.rmtree(self.work)

    # ---- helpers ----------------------------------------------------------------------------------------------------

    def start(self, *arguments, **environment):
        return subprocess.Popen([RWDA, *arguments], env={**self.environment, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, cwd=self.work)

    def rwda(self, *arguments, code=0, says="", **environment):
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, out + err)
        self.assertIn(says, err)
        for line in err.splitlines():
            self.assertTrue(line.startswith("rwda: "), line)  # a sentence, never a crash
        return out

    def folder(self, name="org/model"):
        return self.cache / ("models--" + name.replace("/", "--"))

    def blob(self, repository, name="org/model", file=WEIGHTS):
        return self.folder(name) / "blobs" / repository.digest(file)

    def serve(self, repository, name="org/model"):
        self.hub.repositories[name] = repository
        return repository

    def refused(self, repository, says, code=4, **environment):
        """The pull fails with this sentence, and nothing is taken for the model."""
        self.serve(repository)
        self.rwda("model", "pull", "org/model", code=code, says=says, **environment)
        self.rwda("model", "path", "org/model", code=4)
        self.assertFalse(self.blob(repository).exists())

    # ---- good days --------------------------------------------------------------------------------------------------

    def test_a_name_becomes_a_model_that_works(self):
        name, repository = "ViT-B-16-plus-240", "timm/vit_base_patch16_plus_clip_240.laion400m_e31"
        demo = ROOT / "tests/model"
        served = self.serve(Repository({f: (demo / f).read_bytes() for f in (CONFIG, WEIGHTS)}), repository)
        self.rwda("embed", "--model", name, "--text", "/dev/null", "-o", "x.npy", code=4, says="'rwda model pull ViT-B-16-plus-240' fetches it")
        self.assertEqual(self.hub.log, [])  # nothing is fetched unless asked
        path = self.rwda("model", "pull", name, says="licence: not stated (known as MIT); limits: the card calls").strip()
        self.assertEqual(path, str(self.folder(repository) / "snapshots" / served.commit))
        self.assertEqual(self.rwda("model", "path", name).strip(), path)
        (self.work / "t").write_text("a photo of a cat\n")
        self.rwda("embed", "--model", name, "--text", "t", "-o", "named.npy")
        self.rwda("embed", "--model", str(demo), "--text", "t", "-o", "direct.npy")
        self.rwda("embed", "--model", repository, "--text", "t", "-o", "repository.npy")
        self.rwda("embed", "--model", "hf-hub:" + repository, "--text", "t", "-o", "scheme.npy")
        self.rwda("embed", "--text", "t", "-o", "variable.npy", RWDA_MODEL=name)
        for other in ("direct", "repository", "scheme", "variable"):
            self.assertEqual((self.work / "named.npy").read_bytes(), (self.work / (other + ".npy")).read_bytes())
        self.rwda("model", "verify", name, says="2 files have the hashes")
        info = json.loads(self.rwda("model", "info", name, "--json"))
        self.assertEqual((info["repository"], info["licence"], info["image_size"]), (repository, "MIT", 128))
        listed = {m["name"]: m for m in json.loads(self.rwda("model", "ls", "--json"))}
        self.assertEqual(listed[name]["path"], path)
        self.assertIsNone(listed["ViT-B-32.openai"]["path"])
        blob = self.blob(served, repository)
        blob.write_bytes(blob.read_bytes()[:-1] + b"?")
        self.rwda("model", "verify", name, code=4, says="its hash is")
        self.rwda("model", "rm", name, says="removed with all its revisions, 14.3 MB")
        self.assertFalse(self.folder(repository).exists())
        self.rwda("model", "path", name, code=4)

    def test_the_cache_is_laid_out_as_the_others_lay_it_out(self):
        repository = self.serve(plain())
        self.rwda("model", "pull", "org/model", says="licence: mit")
        top, digests = self.folder(), {f: repository.digest(f) for f in repository.files}
        self.assertEqual((top / "refs/main").read_text(), repository.commit)
        self.assertEqual(sorted(p.name for p in (top / "blobs").iterdir()), sorted(digests.values()))
        for file, digest in digests.items():
            self.assertEqual(os.readlink(top / "snapshots" / repository.commit / file), "../../blobs/" + digest)
            self.assertEqual((top / "blobs" / digest).read_bytes(), repository.files[file])
        self.assertEqual((top / ".no_exist" / repository.commit / "tokenizer.json").read_bytes(), b"")
        self.assertFalse((top / ".no_exist" / repository.commit / CONFIG).exists())
        self.assertTrue((self.cache / ".locks" / top.name / (digests[WEIGHTS] + ".lock")).exists())
        self.assertTrue((self.cache / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55"))
        self.assertEqual(sorted(p.name for p in self.cache.iterdir()), [".locks", "CACHEDIR.TAG", top.name])

    def test_a_second_pull_fetches_nothing(self):
        self.serve(plain())
        self.rwda("model", "pull", "org/model")
        self.hub.log.clear()
        out = json.loads(self.rwda("model", "pull", "org/model", "--json"))
        self.assertEqual((out["fetched"], out["missing"], len(out["files"])), (0, 0, 3))
        self.assertEqual(self.hub.asked("GET", ""), [])

    def test_a_new_commit_shares_what_did_not_change(self):
        old = self.serve(plain())
        self.rwda("model", "pull", "org/model")
        new = self.serve(Repository({**old.files, "README.md": b"---\nlicense: other\nlicense_name: apple-amlr\n---\n", "vocab.json": b"{}"}))
        self.assertNotEqual(old.commit, new.commit)
        self.hub.log.clear()
        self.rwda("model", "pull", "org/model", says="licence: apple-amlr")
        self.assertEqual(self.hub.asked("GET", WEIGHTS), [])
        self.assertEqual((self.folder() / "refs/main").read_text(), new.commit)
        self.rwda("model", "pull", "org/model@" + new.commit)
        self.assertEqual(sorted(p.name for p in (self.folder() / "refs").iterdir()), ["main"])  # a commit needs no ref
        self.rwda("model", "pull", "org/model", "--revision", "v9", code=4, says='no revision "v9"')

    def test_weights_in_several_parts(self):
        parts = {"model-%05d-of-00003.safetensors" % i: pattern(50_000, i) for i in (1, 2, 3)}
        index = {"metadata": {}, "weight_map": {"a": "model-00003-of-00003.safetensors", "b": "model-00001-of-00003.safetensors",
                                                "c": "model-00002-of-00003.safetensors", "d": "model-00001-of-00003.safetensors"}}
        repository = self.serve(Repository({"config.json": b'{"model_type": "clip"}', "model.safetensors.index.json": json.dumps(index).encode(),
                                            **parts}))
        path = pathlib.Path(self.rwda("model", "pull", "org/model").strip())
        for name, data in parts.items():
            self.assertEqual((path / name).read_bytes(), data)
        self.assertIn("org/model", self.rwda("model", "ls"))
        self.blob(repository, file="model-00002-of-00003.safetensors").unlink()
        self.rwda("model", "path", "org/model", code=4, says="model-00002-of-00003.safetensors is not in the hub's cache")
        del repository.files["model-00002-of-00003.safetensors"]
        self.rwda("model", "pull", "org/model", code=4, says="names the part model-00002-of-00003.safetensors, which it does not have")

    def test_what_would_be_fetched_is_said(self):
        repository = self.serve(plain())
        self.assertIn("300000  " + WEIGHTS, self.rwda("model", "pull", "org/model", "--dry-run"))
        self.assertEqual([r["path"].rsplit("/", 1)[1] for r in self.hub.asked("GET", "")], [CONFIG] * 2 + ["README.md"] * 2)  # each redirected once
        self.assertFalse(self.blob(repository).exists())

    def test_what_would_be_removed_is_said(self):
        repository = self.serve(plain())
        self.rwda("model", "pull", "org/model")
        size = sum(len(data) for data in repository.files.values())
        for arguments in (["--dry-run", "org/model"], ["org/model", "--dry-run"]):
            self.assertGreaterEqual(int(self.rwda("model", "rm", *arguments).split()[0]), size)
            said = json.loads(self.rwda("model", "rm", "--json", *arguments))
            self.assertEqual((said["repository"], said["revision"], said["removed"]), ("org/model", None, False))
            self.rwda("model", "path", "org/model")
        self.assertTrue(json.loads(self.rwda("model", "rm", "--json", "org/model"))["removed"])
        self.rwda("model", "path", "org/model", code=4)

    def test_a_revision_is_looked_at_and_removed_alone(self):
        demo = {f: (ROOT / "tests/model" / f).read_bytes() for f in (CONFIG, WEIGHTS)}
        main = self.serve(Repository(demo))
        self.rwda("model", "pull", "org/model")
        odd = self.serve(Repository({**demo, "README.md": b"odd\n"}))
        self.rwda("model", "pull", "org/model@" + odd.commit)
        paths = {self.rwda("model", "path", *how).strip() for how in (["org/model@" + odd.commit], ["org/model", "--revision", odd.commit])}
        self.assertEqual(paths, {str(self.folder() / "snapshots" / odd.commit)})
        self.assertIn("snapshots/" + odd.commit, self.rwda("model", "info", "org/model", "--revision", odd.commit))
        self.assertIn("snapshots/" + odd.commit, self.rwda("model", "verify", "org/model", "--revision", odd.commit))
        for action in ("path", "info", "verify", "rm"):
            self.rwda("model", action, "org/model", "--revision", "none", code=4, says="org/model@none: ")
            self.rwda("model", action, "org/model@none", code=4, says="org/model@none: ")
        self.rwda("model", "path", str(ROOT / "tests/model"), "--revision", "odd", code=2, says="is a folder, which has no revisions")
        self.assertEqual(int(self.rwda("model", "rm", "org/model@" + odd.commit, "--dry-run").split()[0]), len(b"odd\n"))
        self.rwda("model", "rm", "org/model", "--revision", odd.commit, says="org/model@%s: removed, 0.0 MB" % odd.commit)
        self.rwda("model", "path", "org/model@" + odd.commit, code=4)
        self.assertEqual(self.rwda("model", "path", "org/model").strip(), str(self.folder() / "snapshots" / main.commit))
        self.rwda("model", "verify", "org/model", says="2 files have the hashes")
        self.rwda("model", "rm", "org/model", says="removed with all its revisions, 14.3 MB")
        self.assertFalse(self.folder().exists())

    def test_what_cannot_be_read_is_not_fetched(self):
        resnet = {"model_cfg": {"embed_dim": 1024, "vision_cfg": {"image_size": 224, "layers": [3, 4, 6, 3], "width": 64, "patch_size": None},
                                "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12}}}
        for files, says in (({CONFIG: json.dumps(resnet).encode(), WEIGHTS: pattern(9000)}, "ResNet"),
                            ({"config.json": b'{"model_type": "siglip2"}', "model.safetensors": pattern(9000)}, "NaFlex"),
                            ({"config.json": b'{"model_type": "bert"}', "model.safetensors": pattern(9000)}, '"bert"')):
            self.hub.log.clear()
            repository = self.serve(Repository(files))
            for arguments in ([], ["--dry-run"]):
                self.rwda("model", "pull", "org/model", *arguments, code=4, says=says)
            self.assertEqual({r["path"].rsplit("/", 1)[1] for r in self.hub.asked("GET", "")}, {next(iter(files))})
            self.rwda("model", "path", "org/model", code=4, says="neither a directory nor in the hub's cache")
            self.assertNotIn("org/model", self.rwda("model", "ls"))
            self.rwda("model", "rm", "org/model")

    def test_a_tokenizer_that_is_missing_is_said_before(self):
        config = b'{"model_type": "siglip"}'
        self.serve(Repository({"config.json": config, "model.safetensors": pattern(9000)}))
        says = "rwda: org/model has no tokenizer.json, which this model's texts need"
        self.rwda("model", "pull", "org/model", "--dry-run", says=says)
        self.assertFalse((self.folder() / "refs").exists())
        self.rwda("model", "pull", "org/model", says=says)
        for files in ({CONFIG: READ, WEIGHTS: pattern(9000)}, {"config.json": b'{"model_type": "siglip_vision_model"}', "model.safetensors": pattern(9000)},
                      {"config.json": config, "model.safetensors": pattern(9000), "tokenizer.json": b"{}"}):
            self.serve(Repository(files))
            process = self.start("model", "pull", "org/model")
            self.assertNotIn("tokenizer.json", process.communicate(timeout=60)[1])
            self.assertEqual(process.returncode, 0)

    # ---- cut, slow, late ----------------------------------------------------------------------------------------------

    def test_a_cut_connection_is_taken_up_where_it_ended(self):
        repository = self.serve(plain(cut=100_000))
        self.rwda("model", "pull", "org/model")
        self.assertEqual([r["range"] for r in self.hub.asked("GET", "Signature=secret", "store")], [None, "bytes=100000-", "bytes=200000-"])
        self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])

    def test_a_killed_pull_is_resumed(self):
        repository = self.serve(plain(3_000_000, slow=0.1))
        growing = self.blob(repository).with_name(repository.digest(WEIGHTS) + ".incomplete")
        process = self.start("model", "pull", "org/model")
        while not (growing.exists() and growing.stat().st_size > 200_000):
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        have = growing.stat().st_size
        self.rwda("model", "path", "org/model", code=4)
        repository.faults.clear()
        out = json.loads(self.rwda("model", "pull", "org/model", "--json"))
        self.assertEqual(self.hub.asked("GET", "Signature=secret", "store")[-1]["range"], "bytes=%d-" % have)
        self.assertEqual(out["fetched"], len(repository.files[WEIGHTS]) - have)
        self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])
        self.assertFalse(growing.exists())

    def test_a_server_without_ranges_begins_anew(self):
        repository = self.serve(plain(no_range=True))
        growing = self.blob(repository).with_name(repository.digest(WEIGHTS) + ".incomplete")
        growing.parent.mkdir(parents=True)
        growing.write_bytes(repository.files[WEIGHTS][:77_777])
        self.rwda("model", "pull", "org/model")
        self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])

    def test_a_server_that_refuses_ranges_begins_anew(self):
        for fault in ({"no_part": True}, {"other_part": True}):
            repository = self.serve(plain(**fault))
            growing = self.blob(repository).with_name(repository.digest(WEIGHTS) + ".incomplete")
            growing.parent.mkdir(parents=True)
            growing.write_bytes(repository.files[WEIGHTS][:77_777])
            self.hub.log.clear()
            self.rwda("model", "pull", "org/model")
            self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])
            self.assertEqual([r["range"] for r in self.hub.asked("GET", "Signature=secret", "store")], ["bytes=77777-", None])
            shutil.rmtree(self.cache)
        self.refused(plain(no_part=True, cut=100_000), WEIGHTS + " of org/model: the server answers 416")

    def test_a_beginning_of_something_else_does_no_harm(self):
        for beginning in (b"x" * 1000, b"x" * 300_000, b"x" * 400_000):
            repository = self.serve(plain())
            growing = self.blob(repository).with_name(repository.digest(WEIGHTS) + ".incomplete")
            growing.parent.mkdir(parents=True)
            growing.write_bytes(beginning)
            self.rwda("model", "pull", "org/model")
            self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])
            shutil.rmtree(self.cache)

    def test_a_busy_server_is_asked_again(self):
        self.serve(plain(store_busy=2))
        self.rwda("model", "pull", "org/model")

    def test_a_server_that_falls_silent(self):
        begun = time.monotonic()
        self.refused(plain(3_000_000, stall=True), "too slow", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.assertLess(time.monotonic() - begun, 40)

    def test_a_server_that_is_not_there(self):
        self.hub.hub.shutdown()
        self.hub.hub.server_close()
        self.rwda("model", "pull", "org/model", code=4, says="org/model: ")
        self.hub.hub = self.hub._serve(self.hub.hub.RequestHandlerClass)  # tearDown closes it

    def test_two_at_once_fetch_it_once(self):
        repository = self.serve(plain(2_000_000, slow=0.05))
        both = [self.start("model", "pull", "org/model") for _ in range(2)]
        said = [p.communicate(timeout=60) for p in both]
        self.assertEqual([p.returncode for p in both], [0, 0], said)
        self.assertEqual(said[0][0], said[1][0])
        self.assertEqual(len(self.hub.asked("GET", "Signature=secret", "store")), 1)
        self.assertIn("another process fetches " + WEIGHTS, said[0][1] + said[1][1])
        self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])

    def test_the_lock_is_the_one_of_other_programs(self):
        repository = self.serve(plain())
        lock = self.cache / ".locks" / self.folder().name / (repository.digest(WEIGHTS) + ".lock")
        lock.parent.mkdir(parents=True)
        with open(lock, "w+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            process = self.start("model", "pull", "org/model")
            time.sleep(1)
            self.assertIsNone(process.poll())
            self.assertEqual(self.hub.asked("GET", "Signature=secret"), [])
            self.rwda("model", "rm", "org/model", code=4, says="another process is fetching it")
        self.assertEqual(process.communicate(timeout=30)[1].count("waiting for it"), 1)
        self.assertEqual(process.returncode, 0)

    # ---- who may have it --------------------------------------------------------------------------------------------

    def test_the_token_goes_to_the_hub_alone(self):
        self.refused(plain(token="hf_right"), "then set HF_TOKEN")
        self.refused(plain(token="hf_right"), "with the account that HF_TOKEN belongs to", HF_TOKEN="hf_wrong")
        self.refused(plain(token="hf_right", refusal=403), "accept conditions")
        self.hub.log.clear()
        self.rwda("model", "pull", "org/model", HF_TOKEN=" hf_right\n")
        self.assertEqual({r["authorization"] for r in self.hub.log if r["where"] == "hub"}, {"Bearer hf_right"})
        self.assertEqual({r["authorization"] for r in self.hub.log if r["where"] == "store"}, {None})
        shutil.rmtree(self.cache)
        (self.work / "token").write_text("hf_right\n")
        self.rwda("model", "pull", "org/model", HF_TOKEN_PATH=str(self.work / "token"))
        self.rwda("model", "pull", "org/model", code=4, HF_TOKEN_PATH=str(self.work / "token"), HF_HUB_DISABLE_IMPLICIT_TOKEN="1")
        self.rwda("model", "pull", "org/model", code=2, says="is not a token", HF_TOKEN="two\r\nX-Evil: lines")

    def test_what_the_hub_does_not_have(self):
        self.rwda("model", "pull", "org/nothing", code=4, says="no such repository at")
        self.refused(Repository({"README.md": b"", WEIGHTS: b"w"}), "has neither open_clip_config.json nor config.json")

    def test_a_pickle_is_not_fetched(self):
        self.serve(Repository({CONFIG: READ, "open_clip_pytorch_model.bin": b"pickle"}))
        self.rwda("model", "pull", "org/model", code=4, says="a pickle can run code")
        self.assertEqual(self.hub.asked("GET", "bin"), [])

    def test_offline(self):
        self.serve(plain())
        self.rwda("model", "pull", "org/model", code=4, says="HF_HUB_OFFLINE is set", HF_HUB_OFFLINE="1")
        self.assertEqual(self.hub.log, [])
        path = self.rwda("model", "pull", "org/model")
        self.hub.log.clear()
        self.assertEqual(self.rwda("model", "pull", "org/model", HF_HUB_OFFLINE="yes"), path)
        self.assertEqual(self.hub.log, [])

    # ---- the disk ---------------------------------------------------------------------------------------------------

    def test_the_disk_is_asked_first(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
            self.serve(plain(size=1_000_000_000_000))
            self.rwda("model", "pull", "org/model", code=5, says="1000000.0 MB are missing and the disk has room for", HF_HUB_CACHE=memory)
        self.assertEqual(self.hub.asked("GET", "secret"), [])

    def test_a_disk_that_fills_up(self):
        repository = self.serve(plain(400_000))
        process = subprocess.run(["bash", "-c", 'ulimit -f 200; trap "" XFSZ; exec "$0" model pull org/model', RWDA], env=self.environment,
                                 capture_output=True, text=True)
        self.assertEqual(process.returncode, 5, process.stderr)
        self.assertIn("cannot be written (what has arrived is kept)", process.stderr)
        self.rwda("model", "path", "org/model", code=4)
        self.rwda("model", "pull", "org/model")
        self.assertEqual(self.hub.asked("GET", "secret", "store")[-1]["range"], "bytes=204800-")
        self.assertEqual(self.blob(repository).read_bytes(), repository.files[WEIGHTS])

    # ---- an enemy -----------------------------------------------------------------------------------------------------

    def test_wrong_bytes_are_not_kept(self):
        repository = plain(wrong=True)
        self.refused(repository, "what arrived has the hash")
        self.assertEqual([p for p in self.blob(repository).parent.iterdir() if repository.digest(WEIGHTS) in p.name], [])

    def test_more_bytes_than_were_said(self):
        self.refused(plain(longer=True), "sends more than the 300000 bytes")

    def test_fewer_bytes_than_were_said(self):
        self.refused(plain(size=300_001), "ends after 300000 of 300001 bytes")

    def test_another_part_than_was_asked_for(self):
        self.refused(plain(cut=100_000, other_part=True), "the server sends another part")

    def test_sizes_that_cannot_be(self):
        self.refused(plain(size=2_000_000_000_000), "are over the limit of")
        self.refused(plain(size="-1"), "no hash or no size")
        self.refused(plain(size="99999999999999999999"), "no hash or no size")

    def test_hashes_that_are_paths(self):
        for etag in ("../../../evil", "x", "", "A" * 64, "a" * 63, "../" + "a" * 61, "a" * 100_000):
            self.refused(plain(etag=etag), "no hash or no size" if len(etag) < 1000 else "")
        self.assertFalse((self.work / "evil").exists())

    def test_commits_that_are_paths(self):
        for commit in ("../../../evil", "", "main", "a" * 41):
            self.refused(plain(commit=commit), "names no commit")
        self.assertEqual(list(self.work.glob("**/evil*")), [])

    def test_parts_that_are_paths(self):
        for name in ("../../../evil.safetensors", "/tmp/evil.safetensors", "a/../b.safetensors", ".safetensors", "x.bin", 7):
            index = json.dumps({"weight_map": {"t": name}}).encode()
            self.refused(Repository({"config.json": b"{}", "model.safetensors.index.json": index, WEIGHTS: b""}), "is not the name of a part")
        for index in (b"{}", b"[]", b"not json", b'{"weight_map": {}}', b'{"weight_map": []}', b"[" * 100_000,
                      b'{"weight_map": {"t": "a\\u0000.safetensors"}}'):
            self.refused(Repository({"config.json": b"{}", "model.safetensors.index.json": index, WEIGHTS: b""}), 'no "weight_map"')

    def test_redirects_that_are_not_followed(self):
        secret = self.work / "secret"
        secret.write_bytes(pattern(300_000))
        for where in ("file://%s" % secret, "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "dict://127.0.0.1/x", "http://user:pw@127.0.0.1/x", "loop",
                      "http://", "data:,x"):
            self.refused(plain(redirect=where), WEIGHTS + " of org/model: " + ("over 5 redirects" if where == "loop" else "the server redirects"))

    def test_headers_without_end(self):
        self.refused(plain(flood=200), "bytes of headers")
        self.refused(plain(flood=5000), "")

    def test_a_page_that_is_not_the_hub(self):
        self.refused(plain(portal=True), "not a hub, or something between")

    def test_names_that_are_paths(self):
        for name in ("../../etc", "org/../x", "a/b/c", "/etc/passwd", "org/", "/model", "org/.hidden", "org/a--b", "org/a..b", "org/x@../y", "-x/y", "a b/c",
                     "org/" + "m" * 300, "org/x@"):
            self.rwda("model", "pull", "--", name, code=4, says="neither a name that")
        self.assertEqual(self.hub.log, [])

    def test_settings_that_cannot_be_meant(self):
        self.rwda("model", "pull", "org/model", code=2, says="HF_ENDPOINT", HF_ENDPOINT="file:///etc")
        self.rwda("model", "pull", "org/model", code=2, says="HF_HUB_DOWNLOAD_TIMEOUT", HF_HUB_DOWNLOAD_TIMEOUT="soon")

    def test_a_file_that_the_catalog_does_not_know(self):
        name = "laion/CLIP-ViT-B-16-laion2B-s34B-b88K"
        self.serve(plain(), name)
        self.rwda("model", "pull", "ViT-B-16.laion2b", code=4, says="not 3f25d29d3cc74e1d25d47e0593b4dd0864ced1e9b4d8e486a247ca4502f227f1")
        self.rwda("model", "pull", name)  # asked for by its repository: whatever lies there

    def test_removing_leaves_what_is_not_the_cache_s(self):
        repository = self.serve(plain())
        self.rwda("model", "pull", "org/model")
        precious = self.work / "precious"
        precious.mkdir()
        (precious / "file").write_text("mine")
        (self.folder() / "blobs" / ("a" * 64)).symlink_to(precious / "file")
        (self.folder() / "snapshots" / "linked").symlink_to(precious)
        (self.folder() / "notes.txt").write_text("mine too")
        self.rwda("model", "rm", "org/model", code=5, says="with what is not the cache's in it")
        self.assertEqual((precious / "file").read_text(), "mine")
        self.assertEqual([p.name for p in self.folder().iterdir()], ["notes.txt"])
        self.rwda("model", "rm", "demo", code=4, says="not the cache's")
        self.rwda("model", "rm", "org/other", code=4, says="is not in the hub's cache")
        shutil.rmtree(self.folder())
        self.folder().symlink_to(precious)
        self.rwda("model", "rm", "org/model", code=4, says="is not a folder of the cache's own")
        self.assertEqual((precious / "file").read_text(), "mine")
        self.folder().unlink()
        self.folder().mkdir()
        (self.folder() / "blobs").symlink_to(precious)
        self.rwda("model", "rm", "org/model", code=5)
        self.assertEqual((precious / "file").read_text(), "mine")

    def test_a_growing_file_that_is_a_link(self):
        repository = self.serve(plain())
        target = self.work / "target"
        target.write_text("mine")
        growing = self.blob(repository).with_name(repository.digest(WEIGHTS) + ".incomplete")
        growing.parent.mkdir(parents=True)
        growing.symlink_to(target)
        self.rwda("model", "pull", "org/model", code=5, says="cannot be written")
        self.assertEqual(target.read_text(), "mine")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + ["Pull." + case for case in sys.argv[1:]])
