"""service_requests.py - which requests does the service get, and how is it started?

SERVICES: name -> (options of `rwda serve`, requests).  A request is (method, path, headers, body); a body is bytes or a function of
the folder that inputs.sh made; {name} in a path is the id of the detector called so.  (WAIT, id): until this training has ended."""
import base64
import json
import os
import struct

WAIT = "wait"
JSON = {"Content-Type": "application/json"}
GOOD, BAD, TEXT = "few/wood.jpg", "few/wood_hole.jpg", "damaged/text.jpg"


def file(path):
    def content(work):
        with open(os.path.join(work, path), "rb") as image:
            return image.read()
    return content


def in_base64(work, path):
    return base64.b64encode(file(path)(work)).decode()


def images_json(*paths, **options):
    """{"image": ...} of one path, {"images": [...]} of several."""
    def content(work):
        images = [{"image": in_base64(work, path), "name": path} for path in paths]
        return json.dumps(dict(images[0] if len(images) == 1 else {"images": images}, **options)).encode()
    return content


def form(*parts):
    """(field, path of a file) or (field, text)"""
    def content(work):
        body = b""
        for field, value in parts:
            named = os.path.isfile(os.path.join(work, value))
            body += b"--edge\r\nContent-Disposition: form-data; name=\"%s\"" % field.encode()
            body += b"; filename=\"%s\"\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % (value.encode(), file(value)(work)) if named else b"\r\n\r\n%s\r\n" % value.encode()
        return body + b"--edge--\r\n"
    return content


FORM = {"Content-Type": "multipart/form-data; boundary=edge"}


def infer_json(*paths, **more):
    def content(work):
        data = [in_base64(work, path) for path in paths]
        return json.dumps(dict({"inputs": [{"name": "image", "datatype": "BYTES", "shape": [len(data)], "data": data}]}, **more)).encode()
    return content


def infer_binary(*paths, **more):
    """(body, headers): the JSON, then each image as its length and its bytes."""
    def content(work):
        tensor = b"".join(struct.pack("<I", len(image)) + image for image in (file(path)(work) for path in paths))
        head = {"inputs": [{"name": "image", "datatype": "BYTES", "shape": [len(paths)], "parameters": {"binary_data_size": len(tensor)}}]}
        head = json.dumps(dict(head, **more)).encode()
        return head + tensor, {"Inference-Header-Content-Length": str(len(head))}
    return content


def get(*paths):
    return [("GET", path, {}, b"") for path in paths]


def score(*queries, path=GOOD):
    return [("POST", "/v1/score" + query, {"Content-Type": "image/jpeg"}, file(path)) for query in queries]


def train(**settings):
    return ("POST", "/v1/trainings", JSON, json.dumps(settings).encode())


def infer(body, model="rwda", **headers):
    return ("POST", f"/v2/models/{model}/infer", dict(JSON, **headers), body)


IMAGE_INPUT = {"name": "image", "datatype": "BYTES", "shape": [1]}
STATUS = get("/", "/page/app.js", "/page/style.css", "/page/nothing", "/openapi.json", "/healthz", "/healthz/live", "/healthz/ready", "/metrics", "/v1/info",
             "/v1/detectors", "/v1/detectors/d", "/v1/detectors/other", "/v1/trainings/t1", "/nothing", "//v1/info", "/v1/info?x=1", "/v2", "/v2/health/live",
             "/v2/health/ready", "/v2/models/rwda", "/v2/models/d/versions/1", "/v2/models/rwda/ready", "/v2/models/rwda/versions/1/ready",
             "/v2/models/other", "/v2/models/other/ready", "/v2/models/rwda/versions/2")
SCORES = (
    score("", "?method=fnn", "?method=clip", "?method=both", "?method=winclip", "?method=lda", "?method=paired", "?crops=5", "?crops=2x2&pool=max",
          "?crops=3x3&pool=logit", "?resize=squash", "?resize=tiles", "?resize=shortest", "?method=clip&prompts=single&temperature=0.02",
          "?method=both&object=metal_nut1&names=clean", "?threshold=0.4", "?threshold=0", "?name=a%20%22name%22", "?detector=other", "?detector=d&threshold=1",
          "?map=regions", "?map=png", "?method=magic", "?crop=5", "?threshold=much", "?detector=nobody", "?map=sketch", "?map=regions&map_kind=heat",
          "?map=png&map_threshold=high", "?object=" + "x" * 300, "?temperature=0", "?crops=4", "?pool=median", "?resize=none", "?names=odd", "?name=%ff",
          "?kinds=scratch,hole,oil_stain", "?kinds=scratch,hole&object=wood&method=clip", "?kinds=scratch&map=regions&map_threshold=0.4", "?kinds=a,,b",
          "?kinds=a&map=png")
    + score(*(f"?method={method}&object=wood&map={out}&map_kind={kind}&map_threshold=0.4" for method in ("winclip", "fnn", "clip") for out in ("png", "regions")
              for kind in ("windows", "patches", "crops")), path=BAD)
    + [("POST", "/v1/score", {}, file(name)) for name in ("formats/rgb.png", "formats/lossless.webp", "formats/lzw.tif", "formats/rgb.bmp", "formats/plain.ppm",
                                                          "damaged/cut-q95.jpg", "damaged/cut-rgb.png", "damaged/nothing.png", "damaged/huge.pgm", TEXT)]
    + [("POST", "/v1/score", FORM, form(("image", BAD), ("crops", "5"))),
       ("POST", "/v1/score", FORM, form(("method", "fnn"))),
       ("POST", "/v1/score", FORM, form(("a", GOOD), ("b", GOOD))),
       ("POST", "/v1/score", JSON, images_json(BAD, crops="2x2", threshold=0.1)),
       ("POST", "/v1/score", JSON, b'{"image":'), ("POST", "/v1/score", JSON, b"[1]"), ("POST", "/v1/score", JSON, b'{"image":"no base64"}'),
       ("POST", "/v1/score", JSON, b'{"image":"###","image":"###"}'), ("POST", "/v1/score", JSON, b'{"image":3}'),
       ("POST", "/v1/score", {"Content-Type": "text/plain"}, file(GOOD)), ("POST", "/v1/score", {"Content-Encoding": "gzip"}, file(GOOD)),
       ("POST", "/v1/score", {"Content-Type": "multipart/form-data"}, b"x"), ("POST", "/v1/score", FORM, b"x"),
       ("POST", "/v1/score", {"Origin": "http://elsewhere.example"}, file(GOOD)),
       ("POST", "/v1/score:batch?threshold=0.5", FORM, form(("images", GOOD), ("images", TEXT), ("images", BAD))),
       ("POST", "/v1/score:batch", JSON, images_json(GOOD, BAD, TEXT, method="both", crops="5")),
       ("POST", "/v1/score:batch?kinds=scratch,hole", FORM, form(("images", GOOD), ("images", TEXT), ("images", BAD))),
       ("POST", "/v1/score:batch?map=png", FORM, form(("images", GOOD), ("images", BAD))),
       ("POST", "/v1/score:batch", JSON, b'{"images":[]}'), ("POST", "/v1/score:batch", JSON, b'{"images":[null]}')])
EMBEDS = [
    ("POST", "/v1/embed", {}, file(GOOD)), ("POST", "/v1/embed?crops=5", {}, file(BAD)), ("POST", "/v1/embed?method=fnn", {}, file(GOOD)),
    ("POST", "/v1/embed", JSON, b'{"texts":["a photo of a cat","a dog"]}'), ("POST", "/v1/embed", JSON, b'{"texts":[]}'),
    ("POST", "/v1/embed", JSON, b'{"texts":[1]}'), ("POST", "/v1/embed", {}, file(TEXT))]
INFERS = [
    infer(infer_json(GOOD)), infer(infer_json(GOOD, BAD, id="7", parameters={"threshold": 0.2})), infer(infer_json(GOOD), model="d"),
    infer(infer_json(GOOD), model="other"), infer(infer_json(GOOD), model="rwda/versions/1"), infer(infer_json(GOOD), model="nobody"),
    infer(infer_json(GOOD, BAD, parameters={"method": "both", "crops": "5"}, outputs=[{"name": "score"}, {"name": "score_clip"}, {"name": "label"}])),
    infer(infer_json(GOOD, outputs=[{"name": "score", "parameters": {"binary_data": True}}, {"name": "label", "parameters": {"binary_data": True}}])),
    infer(infer_binary(GOOD, BAD, parameters={"threshold": 0.2, "binary_data_output": True})), infer(infer_binary(GOOD)), infer(infer_json(TEXT)),
    infer(infer_json(GOOD, outputs=[{"name": "map"}])), infer(infer_json(GOOD, parameters={"speed": 9})), infer(infer_json(GOOD, parameters={"method": "magic"})), infer(b"{}")
] + [infer(json.dumps({"inputs": [dict(IMAGE_INPUT, **change)]}).encode()) for change in (
    {"name": "picture", "data": ["AAAA"]}, {"datatype": "FP32", "data": [1]}, {"shape": [2], "data": ["AAAA"]}, {"data": ["?"]}, {"data": ["AAAA"]},
    {"parameters": {"binary_data_size": 8}})] + [
    infer(json.dumps({"inputs": [dict(IMAGE_INPUT, parameters={"binary_data_size": 6})]}).encode() + bytes, **{"Inference-Header-Content-Length": length})
    for bytes, length in ((b"\1\0\0\0ab", "96"), (b"", "9999"), (b"", "-1"))]
METHODS = [(method, path, {}, b"") for method, path in (
    ("HEAD", "/v1/info"), ("HEAD", "/"), ("DELETE", "/v1/score"), ("PUT", "/v1/info"), ("PATCH", "/v1/detectors/d"), ("POST", "/"), ("DELETE", "/v1/detectors/d"),
    ("DELETE", "/v1/detectors/nobody"), ("DELETE", "/v1/trainings/t9"), ("GET", "/v1/score"), ("GET", "/v2/models/rwda/infer"))]
NAMED = [("GET", "/healthz", {"X-Request-Id": "order-66", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, b""),
         ("GET", "/v1/info", {"Host": "elsewhere.example"}, b"")]
TRAININGS = [
    train(name="mine", pairs=60, epochs=2, seed=5, normal_words="flawless,intact", anomalous_words="broken"), (WAIT, "t1")] + get(
    "/v1/detectors", "/v1/detectors/mine", "/v2/models/mine") + score("?detector=mine", "?detector=mine&method=lda") + [
    train(preset="best", pairs=40, epochs=1, ensemble=2, hidden=16), (WAIT, "t2"), train(pairs=10, templates="no place for words"), (WAIT, "t3")] + get(
    "/v1/detectors", "/v1/detectors/trained-2", "/v1/trainings/t1") + [
    ("DELETE", "/v1/detectors/mine", {}, b""), ("DELETE", "/v1/detectors/{mine}", {}, b""), ("DELETE", "/v1/detectors/{d}", {}, b"")] + get("/v1/detectors") + [
    train(**settings) for settings in ({"pairs": 0}, {"pairs": 100001}, {"pairs": "many"}, {"epochs": 51}, {"ensemble": 9}, {"seed": -1}, {"normal_words": ""},
                                       {"cache_dir": "/"}, {"preset": "worst"}, {"name": ""})] + [
    ("POST", "/v1/trainings", JSON, b"[]"), ("POST", "/v1/trainings", JSON, b"{")]

MEMORIES = [
    ("POST", "/v1/memories", FORM, form(("images", GOOD), ("images", "formats/rgb.png"), ("images", BAD), ("name", "few"))),
    ("POST", "/v1/memories?name=small&keep=0.5&storage=int8", JSON, images_json(GOOD, BAD)),
    ("POST", "/v1/memories?name=one", {"Content-Type": "image/jpeg"}, file(GOOD))] + get(
    "/v1/memories", "/v1/memories/few", "/v1/memories/few/thresholds", "/v1/memories/one/thresholds", "/v1/memories/nobody") + score(
    "?memory=few", "?memory=few&fuse=0.3&method=both", "?memory=one", "?memory=few&threshold=0.1", "?memory=few&map=png", "?memory=few&map=regions&map_threshold=0.05",
    "?memory=few&method=fnn", "?memory=nobody", "?fuse=0.5", path=BAD) + [
    infer(infer_json(GOOD, BAD, parameters={"memory": "few"}, outputs=[{"name": "score_memory"}, {"name": "label"}])),
    ("PUT", "/v1/memories/text", {}, file(TEXT)), ("PUT", "/v1/memories/empty", {}, b""), ("DELETE", "/v1/memories/few", {}, b""),
    ("DELETE", "/v1/memories/few", {}, b"")] + [
    ("POST", f"/v1/memories?{option}", {"Content-Type": "image/jpeg"}, file(GOOD)) for option in ("keep=2", "storage=f64", "image_size=9999", "tiles=9", "mutual=1", "name=")] + get(
    "/v1/memories")

TOKEN = {"Authorization": "Bearer correct-horse-battery"}
SERVICES = {
    "service": (["-d", "out/d/d.safetensors", "-d", "out/d7/other.safetensors", "--threshold", "out/card_d/card.json"],
                STATUS + SCORES + EMBEDS + INFERS + METHODS + NAMED + TRAININGS + MEMORIES + get("/metrics")),
    "service-bare": (["--precision", "int8", "--threads", "1", "--quiet", "--threshold", "0.5"],
                     get("/v1/info", "/v1/detectors", "/v2/models/rwda") + score("", "?method=fnn", "?method=clip&crops=5", "?method=winclip&map=regions&map_threshold=0.1")
                     + [infer(infer_json(GOOD)), ("POST", "/v1/embed", {}, file(GOOD))] + get("/metrics")),
    "service-guarded": (["--token-file", "token", "--no-training", "--max-body", "1", "--max-pixels", "1", "--max-pictures", "2", "-d", "out/d/d.safetensors"],
                        [(method, path, dict(headers, **token), body) for token in ({}, TOKEN) for method, path, headers, body in
                         get("/", "/page/app.js", "/healthz", "/v2", "/openapi.json", "/metrics", "/v1/info", "/v1/detectors", "/v2/models/rwda")
                         + score("") + [train(pairs=10), ("POST", "/v1/score", {}, b"\0" * 2000000), ("POST", "/v1/score", {}, file("damaged/huge.pgm")),
                                        ("POST", "/v1/score?resize=tiles", {}, file("tall.pgm")),
                                        ("POST", "/v1/score:batch", FORM, form(("images", GOOD), ("images", GOOD), ("images", BAD))),
                                        ("POST", "/v1/embed", JSON, b'{"texts":["a","b","c"]}')]]
                        + [("GET", "/v1/info", {"Authorization": value}, b"") for value in ("Bearer correct-horse-batterx", "Bearer ", "Basic correct-horse-battery", "bearer correct-horse-battery")]),
}
