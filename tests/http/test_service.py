"""test_service.py - do description, metrics and end hold for other programs?"""
import base64
import errno
import http.client
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request

import jsonschema
import pytest
from conftest import IMAGES, Service, offline
from openapi_spec_validator import validate


def ask(service, path, body=None, headers=None, method=None):
    request = urllib.request.Request(service.url + path, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def nullable(schema):
    """OpenAPI 3.0's nullable in JSON Schema's words."""
    if isinstance(schema, dict):
        schema = {key: nullable(value) for key, value in schema.items()}
        if schema.pop("nullable", False) and "type" in schema:
            schema["type"] = [schema["type"], "null"]
    elif isinstance(schema, list):
        schema = [nullable(value) for value in schema]
    return schema


def check(description, name, instance):
    jsonschema.validate(instance, nullable({"$ref": f"#/components/schemas/{name}", "components": description["components"]}))


def test_description_is_valid_and_true(service):
    description = json.loads(ask(service, "/openapi.json")[2])
    validate(description)
    _, _, body = ask(service, "/v1/score?method=both", IMAGES[0].read_bytes(), {"Content-Type": "image/jpeg"})
    check(description, "Score", json.loads(body))
    for body in (b"not an image", b""):
        status, headers, answer = ask(service, "/v1/score", body, {"Content-Type": "image/jpeg"})
        assert status == 422 and headers["Content-Type"] == "application/problem+json"
        check(description, "Problem", json.loads(answer))
    for entry in json.loads(ask(service, "/v1/detectors")[2])["detectors"]:
        check(description, "Detector", entry)
    for path, operations in description["paths"].items():  # every path is there: another method is refused, not unknown
        filled = re.sub(r"\{\w+\}", "d", path)
        status, headers, _ = ask(service, filled, method="PATCH", body=b"")
        assert status == 405, path
        allowed = set(headers["Allow"].split(", ")) - {"HEAD"}
        assert allowed == {verb.upper() for verb in operations if verb in ("get", "post", "put", "delete")}, path


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_metrics_please_promtool(service):
    ask(service, "/v1/score", IMAGES[0].read_bytes(), {"Content-Type": "image/jpeg"})
    text = ask(service, "/metrics")[2]
    found = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")
    assert b'rwda_http_requests_total{method="POST",route="/v1/score",code="200"}' in text


def test_two_hundred_idle_connections_harm_nobody(detector):
    service = Service("-d", str(detector), "--connections", "64", "--idle-seconds", "5", "--request-seconds", "5")
    idle = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(200)]
    for one in idle[::2]:
        one.sendall(b"POST /v1/score HTTP/1.1\r\nHost: loc")
    for _ in range(5):
        assert ask(service, "/v1/score", IMAGES[0].read_bytes(), {"Content-Type": "image/jpeg"})[0] == 200
    for one in idle:
        one.close()
    assert service.stop() == 0


def test_term_under_load_loses_no_accepted_request(detector):
    """Eight clients with keep-alive; SIGTERM in their midst.  A request may be refused by a closed door (nothing was sent back and no
    new connection is taken); one whose sending came through is answered, with the right score."""
    service = Service("-d", str(detector))
    records = offline(detector)
    answered, lost, started = [], [], threading.Event()

    def client(number):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        for k in range(100000):
            path = IMAGES[(number + k) % len(IMAGES)]
            try:
                connection.request("POST", "/v1/score", path.read_bytes(), {"Content-Type": "image/jpeg"})
            except (ConnectionError, OSError):
                return  # the door is closed: nothing was accepted
            try:
                answer = connection.getresponse()
                answered.append((path, json.loads(answer.read())["score"]))
            except (http.client.HTTPException, ConnectionError, OSError) as error:
                lost.append(repr(error))
                return
            if len(answered) > 40:
                started.set()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    assert started.wait(60)
    service.terminate()
    begun = time.monotonic()
    for thread in threads:
        thread.join(60)
    assert service.process.wait(60) == 0
    assert time.monotonic() - begun < 30
    assert lost == []
    assert all(score == records[str(path)]["score"] for path, score in answered)


def test_rubbish_of_many_kinds(detector):
    """Damaged requests, each on its own connection: an answer in the 400s or a closed connection, soon, and the service stays well."""
    service = Service("-d", str(detector), "--idle-seconds", "2", "--request-seconds", "2")
    good = IMAGES[0].read_bytes()
    form = b"--b1\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n" + good + b"\r\n--b1--\r\n"
    head = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    requests = [head + b"Content-Type: multipart/form-data; boundary=b1\r\nContent-Length: %d\r\n\r\n" % len(form[:cut]) + form[:cut]
                for cut in range(0, len(form), len(form) // 23)]
    requests += [head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                 for body in (b"[" * 5000, b'{"image":"' + b"A" * 4000, b'{"images":{}}', b'{"images":[]}', b'{"images":[null]}', b"\xff\xfe", b"nul\0",
                              b'{"image":"AA==","threshold":"nan"}', b'{"image":"AA==","temperature":-1}', b'{"image":"AA==","method":3}')]
    requests += [head + header + b"\r\n\r\nabc" for header in
                 (b"Content-Length: -1", b"Content-Length: 99999999999999999999999", b"Content-Length: 3\r\nContent-Length: 4",
                  b"Transfer-Encoding: chunked\r\nContent-Length: 3", b"Transfer-Encoding: gzip", b"X: " + b"x" * 40000)]
    requests += [b"POST /v1/score?" + b"a=%ff&" * 2000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"\0" * 4096, b"GET\r\n\r\n"]
    for request in requests:
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
            answer = b""
            try:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):
                    answer += chunk
            except OSError as error:  # closed by the service: while bytes were on their way, or before the shutdown, which Python has no class for
                if not isinstance(error, ConnectionError) and error.errno != errno.ENOTCONN:
                    raise
            assert time.monotonic() - begun < 10, request[:200]
        assert re.match(rb"HTTP/1\.[01] (4\d\d|200|100)", answer) or answer == b"", (request[:200], answer[:200])
    assert ask(service, "/v1/score", good, {"Content-Type": "image/jpeg"})[0] == 200
    assert ask(service, "/healthz/ready")[0] == 200
    assert service.stop() == 0


class Keys:
    """Compares real answers with the description both ways: an answer has no key that is not described and lacks none that is
    required; at the end every described key was seen in some answer."""

    def __init__(self, description):
        self.schemas, self.paths, self.seen, self.described = description["components"]["schemas"], description["paths"], set(), set()
        self.shared = description["components"]["responses"]

    def follow(self, schema, name):
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            schema = self.schemas[name]
        return schema, name

    def take(self, schema, name, value):
        schema, name = self.follow(schema, name)
        if "oneOf" in schema:  # a record or a failure
            return self.take(schema["oneOf"]["error" in value], name, value)
        if isinstance(value, list):
            for one in value:
                self.take(schema["items"], name + "[]", one)
        elif isinstance(value, dict) and "properties" in schema:
            self.described |= {(name, key) for key in schema["properties"]}
            self.seen |= {(name, key) for key in value}
            assert set(value) <= set(schema["properties"]), name
            assert set(schema.get("required", [])) <= set(value), name
            for key, one in value.items():
                self.take(schema["properties"][key], f"{name}.{key}", one)

    def answer(self, service, verb, path, *request, status=200, filled=None):
        code, headers, body = ask(service, filled or path, *request, method=verb.upper())
        assert code == status, (path, body)
        responses = self.paths[path.split("?")[0]][verb]["responses"]
        response = responses[str(status)]
        response = self.shared[response["$ref"].rsplit("/", 1)[1]] if "$ref" in response else response
        content = response["content"] if status < 400 else {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        if "Inference-Header-Content-Length" in headers:
            body = body[:int(headers["Inference-Header-Content-Length"])]
        value = json.loads(body)
        self.take(content.get(headers["Content-Type"], content.get("application/json"))["schema"], path, value)
        return value


def test_answers_have_the_keys_that_are_described(detector):
    service = Service("-d", str(detector))
    description = json.loads(ask(service, "/openapi.json")[2])
    keys, image, as_json = Keys(description), IMAGES[-1].read_bytes(), {"Content-Type": "application/json"}
    score = keys.answer(service, "post", "/v1/score", image, {"Content-Type": "image/jpeg"})
    command = next(iter(offline(detector, images=IMAGES[-1:]).values()))
    assert set(score) == set(command) and score["scoring"] == command["scoring"]
    keys.answer(service, "post", "/v1/score", image, {"Content-Type": "image/jpeg"}, filled="/v1/score?map=regions&map_threshold=0")
    keys.answer(service, "post", "/v1/score", image, {"Content-Type": "image/jpeg"}, filled="/v1/score?kinds=crack,stain")
    broken = json.dumps({"images": [{"image": base64.b64encode(image).decode()}, {"image": "AAAA"}]}).encode()
    keys.answer(service, "post", "/v1/score:batch", broken, as_json)
    keys.answer(service, "post", "/v1/score", b"not an image", {"Content-Type": "image/jpeg"}, status=422)
    keys.answer(service, "post", "/v1/embed", image, {"Content-Type": "image/jpeg"})
    keys.answer(service, "post", "/v1/embed", json.dumps({"texts": ["a cat", "cat " * 100]}).encode(), as_json)
    for path in ("/v1/info", "/v1/detectors", "/v2", "/v2/health/live", "/v2/health/ready", "/healthz", "/healthz/live", "/healthz/ready"):
        keys.answer(service, "get", path)
    keys.answer(service, "get", "/v2/models/{name}", filled="/v2/models/d")
    keys.answer(service, "get", "/v2/models/{name}/ready", filled="/v2/models/d/ready")
    infer = {"id": "7", "inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(image).decode()]}],
             "outputs": [{"name": "score"}, {"name": "label", "parameters": {"binary_data": True}}]}
    keys.answer(service, "post", "/v2/models/{name}/infer", json.dumps(infer).encode(), as_json, filled="/v2/models/d/infer")
    keys.answer(service, "post", "/v2/models/{name}/infer", b"{}", as_json, status=422, filled="/v2/models/d/infer")
    # no template without a place for words can be trained: the failure is in the training's own answer
    for settings, state in (({"pairs": 10, "templates": "no place"}, "failed"), ({"pairs": 10, "epochs": 1}, "done")):
        training = keys.answer(service, "post", "/v1/trainings", json.dumps(settings).encode(), as_json, status=202)
        while training["state"] == "running":
            time.sleep(0.05)
            training = keys.answer(service, "get", "/v1/trainings/{id}", filled="/v1/trainings/" + training["id"])
        assert training["state"] == state
    remembered = keys.answer(service, "post", "/v1/memories", json.dumps({"images": [{"image": base64.b64encode(path.read_bytes()).decode(), "name": path.name}
                                                                                    for path in IMAGES[:3]], "name": "m"}).encode(), as_json, status=201)
    file = ask(service, "/v1/memories/m")[2]
    # a twin under another name is refused until the first is gone
    keys.answer(service, "put", "/v1/memories/{id}", file, {"Content-Type": "application/octet-stream"}, status=409, filled="/v1/memories/n")
    keys.answer(service, "get", "/v1/memories")
    keys.answer(service, "get", "/v1/info")
    assert keys.answer(service, "get", "/v1/memories/{id}/thresholds", filled="/v1/memories/m/thresholds") == remembered["thresholds"]
    for options in ("memory=m", "memory=m&fuse=0.25"):
        keys.answer(service, "post", "/v1/score", image, {"Content-Type": "image/jpeg"}, filled="/v1/score?" + options)
    keys.answer(service, "delete", "/v1/memories/{id}", filled="/v1/memories/m")
    keys.answer(service, "put", "/v1/memories/{id}", file, {"Content-Type": "application/octet-stream"}, status=201, filled="/v1/memories/n")
    keys.answer(service, "put", "/v1/memories/{id}", b"hostile", {"Content-Type": "application/octet-stream"}, status=422, filled="/v1/memories/n")
    keys.answer(service, "delete", "/v1/detectors/{id}", filled="/v1/detectors/" + training["detector"])
    assert keys.described - keys.seen == set()
    assert service.stop() == 0


def test_options_are_those_that_are_described(service):
    """Each path's refusal of an unknown option lists the options; described choices are taken, and another is refused."""
    description = json.loads(ask(service, "/openapi.json")[2])
    jpeg, image = {"Content-Type": "image/jpeg"}, IMAGES[0].read_bytes()
    assert ask(service, "/v1/memories?name=m", image, jpeg)[0] == 201
    more = {"/v1/score": "map_threshold=0.5&", "/v1/embed": "", "/v1/memories": "name=choice&"}
    for path in more:
        detail = json.loads(ask(service, path + "?speed=9", image, jpeg)[2])["detail"]
        listed = set(re.search(r"there are (.*)", detail)[1].split(", "))
        shared = description["components"]["parameters"]
        given = [shared[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in description["paths"][path]["post"]["parameters"]]
        assert {one["name"] for one in given} == listed, path
        for one in given:
            for choice in one["schema"].get("enum", []):
                beside = "memory=m&" if choice == "memory" else ""  # a memory's map
                status, _, body = ask(service, f"{path}?{more[path]}{beside}{one['name']}={choice}", image, jpeg)
                assert status == (201 if path == "/v1/memories" else 200), (one["name"], choice, body)
            if "enum" in one["schema"]:
                assert ask(service, f"{path}?{one['name']}=nothing", image, jpeg)[0] == 422
