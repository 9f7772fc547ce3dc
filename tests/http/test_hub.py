"""test_hub.py - do rwda and huggingface_hub find what the other has fetched, and wait for each other?"""
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

from conftest import ROOT, RWDA

sys.path.insert(0, str(ROOT / "tests/hub"))
from hub import Hub, Repository  # noqa: E402

NAME = "timm/vit_base_patch16_plus_clip_240.laion400m_e31"
CONFIG, WEIGHTS = "open_clip_config.json", "open_clip_model.safetensors"


@pytest.fixture
def hub():
    hub = Hub()
    demo = ROOT / "tests/model"
    hub.repositories[NAME] = Repository({f: (demo / f).read_bytes() for f in (CONFIG, WEIGHTS)} | {"README.md": b"---\nlicense: mit\n---\n"})
    yield hub
    hub.close()


@pytest.fixture
def environment(hub, tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "RWDA_MODEL"))}
    return {**kept, "HF_HOME": str(tmp_path), "HF_ENDPOINT": hub.endpoint, "no_proxy": "*", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "other")}


def rwda(environment, *arguments):
    return subprocess.run([RWDA, *arguments], env=environment, check=True, capture_output=True, text=True).stdout.strip()


def python(environment, program, **more):
    """A process of its own: huggingface_hub reads the environment when it is imported."""
    out = subprocess.run([sys.executable, "-c", "import huggingface_hub as h\n" + program], env={**environment, **more}, check=True,
                         capture_output=True, text=True).stdout
    return out.strip()


def test_they_find_what_rwda_fetched(hub, environment):
    path = rwda(environment, "model", "pull", "ViT-B-16-plus-240")
    hub.log.clear()
    assert python(environment, f"print(h.hf_hub_download({NAME!r}, {WEIGHTS!r}))", HF_HUB_OFFLINE="1") == f"{path}/{WEIGHTS}"
    assert python(environment, f"print(h.snapshot_download({NAME!r}))", HF_HUB_OFFLINE="1") == path
    assert python(environment, f"print(h.try_to_load_from_cache({NAME!r}, 'tokenizer.json') is h._CACHED_NO_EXIST)") == "True"
    assert hub.log == []
    scanned = json.loads(python(environment, "import json\ni = h.scan_cache_dir()\nr, = i.repos\nprint(json.dumps([r.repo_id, r.size_on_disk, "
                                             "sorted(f.file_name for v in r.revisions for f in v.files), [sorted(v.refs) for v in r.revisions], "
                                             "list(map(str, i.warnings))]))"))
    size = sum(map(len, hub.repositories[NAME].files.values()))
    assert scanned == [NAME, size, sorted([CONFIG, WEIGHTS, "README.md"]), [["main"]], []]
    python(environment, f"h.hf_hub_download({NAME!r}, {WEIGHTS!r})")  # online: it asks, and fetches nothing
    assert hub.asked("GET", "Signature=secret") == []


def test_rwda_finds_what_they_fetched(hub, environment):
    theirs = python(environment, f"print(h.hf_hub_download({NAME!r}, {WEIGHTS!r}))\nh.hf_hub_download({NAME!r}, {CONFIG!r})")
    hub.log.clear()
    assert rwda(environment, "model", "path", "ViT-B-16-plus-240") == str(pathlib.Path(theirs).parent)
    listed = {m["name"]: m["path"] for m in json.loads(rwda(environment, "model", "ls", "--json"))}
    assert listed["ViT-B-16-plus-240"] == str(pathlib.Path(theirs).parent)
    rwda(environment, "model", "verify", NAME)
    assert hub.log == []
    assert json.loads(rwda(environment, "model", "pull", NAME, "--json"))["fetched"] == len(hub.repositories[NAME].files["README.md"])
    rwda(environment, "model", "rm", NAME)
    assert python(environment, "print(len(h.scan_cache_dir().repos))") == "0"


def test_they_wait_for_each_other(hub, environment):
    hub.repositories[NAME].faults["slow"] = 0.01  # 14 MB in some 2 seconds
    ours = subprocess.Popen([RWDA, "model", "pull", NAME], env=environment, stdout=subprocess.PIPE, text=True)
    while not hub.asked("GET", "Signature=secret", "store"):
        assert ours.poll() is None
        time.sleep(0.01)
    theirs = python(environment, f"print(h.hf_hub_download({NAME!r}, {WEIGHTS!r}))")
    assert ours.communicate()[0].strip() == str(pathlib.Path(theirs).parent)
    assert len(hub.asked("GET", "Signature=secret", "store")) == 1
