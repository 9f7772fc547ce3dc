"""test_triton.py - does Triton's own HTTP client work with the service, as it comes?"""
import json
import subprocess
import urllib.request

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException
from conftest import IMAGES, RWDA, offline


@pytest.fixture()
def client(service):
    return triton.InferenceServerClient(service.host)


def image_input(paths, binary=True):
    tensor = triton.InferInput("image", [len(paths)], "BYTES")
    tensor.set_data_from_numpy(np.array([path.read_bytes() for path in paths], dtype=object), binary_data=binary)
    return tensor


def test_health_and_metadata(client):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("rwda")
    assert client.get_server_metadata()["name"] == "rwda"
    meta = client.get_model_metadata("rwda", "1")
    assert meta["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
    assert [out["name"] for out in meta["outputs"]] == ["score", "score_fnn", "score_clip", "label", "score_memory"]
    assert not client.is_model_ready("another")


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_scores_equal_the_command_line(client, detector, binary):
    outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("score", "score_clip", "label")]
    answer = client.infer("rwda", [image_input(IMAGES)], outputs=outputs, request_id="r1",
                          parameters={"method": "both", "crops": "5", "threshold": 0.5})
    records = offline(detector, "--method", "both", "--crops", "5", "--threshold", "0.5")
    expected = [records[str(path)] for path in IMAGES]
    for name in ("score", "score_clip"):
        assert answer.as_numpy(name).dtype == np.float32
        assert np.array_equal(answer.as_numpy(name), np.array([record[name] for record in expected], dtype=np.float32))
    assert [x.decode() if isinstance(x, bytes) else x for x in answer.as_numpy("label")] == [record["label"] for record in expected]
    assert answer.get_response()["id"] == "r1"


def test_defaults_and_a_detector_as_model(client, detector):
    records = offline(detector)
    for model in ("rwda", "d"):
        answer = client.infer(model, [image_input(IMAGES[:2])], model_version="1")
        assert list(answer.as_numpy("score")) == [np.float32(records[str(path)]["score"]) for path in IMAGES[:2]]


def test_a_memory_scores_in_place_of_words(client, service, tmp_path):
    file = tmp_path / "m.safetensors"
    subprocess.run([RWDA, "remember", "--model", "demo", "--quiet", "-o", file, *IMAGES[:4]], check=True)
    request = urllib.request.Request(service.url + "/v1/memories/of-client", data=file.read_bytes(), method="PUT")
    assert urllib.request.urlopen(request, timeout=60).status == 201
    answer = client.infer("rwda", [image_input(IMAGES[4:8])], parameters={"memory": "of-client"})
    lines = subprocess.run([RWDA, "score", "--model", "demo", "--quiet", "--memory", file, *IMAGES[4:8]], check=True, capture_output=True, text=True).stdout
    assert list(answer.as_numpy("score")) == [np.float32(json.loads(line)["score"]) for line in lines.splitlines()]
    assert len(answer.as_numpy("label")) == 4  # by the threshold that follows from the memory's images


def test_errors_reach_the_client(client, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not an image")
    with pytest.raises(InferenceServerException, match="is not an image of a known format"):
        client.infer("rwda", [image_input([broken])])
    with pytest.raises(InferenceServerException, match="no model"):
        client.infer("another", [image_input(IMAGES[:1])])
    with pytest.raises(InferenceServerException, match="none of fnn"):
        client.infer("rwda", [image_input(IMAGES[:1])], parameters={"method": "magic"})
