"""conftest.py - how does a test get a running service, and end it?"""
import json
import os
import pathlib
import signal
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RWDA = os.environ.get("RWDA", str(ROOT / "build/release/rwda"))
IMAGES = sorted((ROOT / "samples/good").glob("*.jpg")) + sorted((ROOT / "samples/defect").glob("*.jpg"))


class Service:
    """rwda serve on a free loopback port; its log lines are in `events`."""

    def __init__(self, *options):
        self.process = subprocess.Popen([RWDA, "serve", "--model", "demo", "--listen", "127.0.0.1:0", *options],
                                        stderr=subprocess.PIPE, text=True)
        self.events = []
        for line in self.process.stderr:
            event = json.loads(line)
            self.events.append(event)
            if event["message"] == "listening":
                break
        self.url = self.events[-1]["url"]
        self.host = self.url.removeprefix("http://")
        self.port = int(self.url.rsplit(":", 1)[1])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.events.append(json.loads(line))

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        self.terminate()
        code = self.process.wait(timeout=60)
        self.reader.join()
        return code


def offline(detector, *options, images=IMAGES):
    """The command line's records, by path."""
    out = subprocess.run([RWDA, "score", "--model", "demo", "--quiet", "-d", str(detector), *options, *map(str, images)],
                         check=True, capture_output=True, text=True).stdout
    return {record["path"]: record for record in map(json.loads, out.splitlines())}


@pytest.fixture(scope="session")
def detector(tmp_path_factory):
    path = tmp_path_factory.mktemp("detector") / "d.safetensors"
    subprocess.run([RWDA, "train", "--model", "demo", "--pairs", "400", "--epochs", "3", "--no-cache", "--quiet", "-o", str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def service(detector):
    running = Service("-d", str(detector))
    yield running
    assert running.stop() == 0
