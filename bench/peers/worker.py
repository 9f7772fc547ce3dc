"""worker.py - one peer, warm and waiting: a run for each line on standard input, a JSON line for each?

    worker.py onnx-image  --model FILE --pixels FILE.npy --batch N --threads T
    worker.py onnx-text   --model FILE --ids FILE.json --pad 77|0 --threads T       (0: cut to the real length)
    worker.py openvino-image, ggml-image   the same
    worker.py torch-image --model DIR  --pixels FILE.npy --batch N --threads T
    worker.py torch-text  --model DIR  --ids FILE.json --pad 77|0 --threads T
    worker.py open_clip-image, open_clip-text   the same, by open_clip's own code
    worker.py torch-fnn   --rows N --hidden H --batch N --epochs N --threads T
    worker.py KIND-image, KIND-text  ... --out FILE.npy    (embeddings of all the pixels or texts, once)
    worker.py pillow      --images FILE --side S
    worker.py start-onnx|start-torch|start-none --model FILE|DIR --images FILE... --side S --threads T
        (once, from nothing to the embeddings of one batch; start-none stops before the model)

The same lines as `rwda bench --step` writes: {"ready":true,"items":n}, then {"seconds":s,"items":n,"peak_mb":m}."""
import argparse
import json
import re
import resource
import sys
import tempfile
import time

import numpy as np

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def onnx_encoder(path, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0]


def openvino_encoder(path, threads):
    import openvino
    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
                                                           "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"})
    return lambda x: compiled(x)[0]


def ggml_encoder(path, threads):
    """The tower on ggml, by way of ONNX: encoders.export(bare=True), because ggml's side knows neither 2-D convolutions nor norms.  It refuses
    a graph as a whole or runs it as a whole; that it runs it is checked, for ONNX Runtime would step in without a word."""
    import os
    os.environ["ORT_GGML_LOG"] = "info"
    saved, log = os.dup(2), tempfile.TemporaryFile()
    os.dup2(log.fileno(), 2)
    try:
        import onnxruntime_ggml
        session = onnxruntime_ggml.InferenceSession(path, {"device": "cpu", "threads": threads, "weights": "f32"})
    finally:
        os.dup2(saved, 2)
    log.seek(0)
    claimed = re.search(r"claimed=(\d+) total=(\d+)", log.read().decode(errors="replace"))
    if not claimed or claimed[1] != claimed[2]:
        raise RuntimeError("ggml does not run this graph")
    patches = session.get_inputs()[0].shape[1]

    def encode(x):
        n, grid = len(x), int(patches ** .5)
        patch = x.shape[2] // grid
        x = x.reshape(n, 3, grid, patch, grid, patch).transpose(0, 2, 4, 1, 3, 5).reshape(n, patches, -1)
        y = session.run(None, {"x": x})[0]
        return y / np.linalg.norm(y, axis=1, keepdims=True)
    return encode


def image_encoder(args):
    if args.kind in ("torch-image", "open_clip-image"):
        return torch_encoder(args.model, "image", args.threads, args.kind.startswith("open_clip"))
    return {"openvino-image": openvino_encoder, "ggml-image": ggml_encoder, "onnx-image": onnx_encoder}[args.kind](args.model, args.threads)


def torch_encoder(folder, kind, threads, packages=False):
    """packages: open_clip's own code, for the families that encoders.py does not know."""
    import torch
    torch.set_num_threads(threads)
    if packages:
        import families as made_by
    else:
        import encoders as made_by
    module = made_by.tower(folder, kind)

    def encode(x):
        with torch.inference_mode():
            return module(torch.from_numpy(x)).numpy()
    return encode


def front_end(side):
    """Decode, bicubic, centre crop, normalise: Pillow and NumPy, as OpenCLIP's evaluation transform does it."""
    from PIL import Image

    def run(source):
        image = Image.open(source).convert("RGB")
        w, h = image.size
        size = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
        image = image.resize(size, Image.BICUBIC)
        left, top = int(round((size[0] - side) / 2)), int(round((size[1] - side) / 2))
        pixels = np.asarray(image.crop((left, top, left + side, top + side)), np.float32) / np.float32(255)
        return np.ascontiguousarray(((pixels - MEAN) / STD).transpose(2, 0, 1))
    return run


def fnn(args):
    import torch
    from torch import nn
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    x = nn.functional.normalize(torch.randn(args.rows, 640), dim=-1)
    y = (torch.arange(args.rows) % 2).float()
    x[y > 0, :8] += .05

    def run():
        model = nn.Sequential(nn.Linear(640, args.hidden), nn.ReLU(), nn.Linear(args.hidden, 1))
        optimiser, loss = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=1e-2), nn.BCEWithLogitsLoss()
        for _ in range(args.epochs):
            order = torch.randperm(args.rows)
            for at in range(0, args.rows, args.batch):
                rows = order[at:at + args.batch]
                value = loss(model(x[rows])[:, 0], y[rows])
                optimiser.zero_grad(set_to_none=True)
                value.backward()
                optimiser.step()
    return run


def make(args):
    """-> a function without arguments, items of a run"""
    if args.kind.endswith("-image"):
        encode = image_encoder(args)
        pixels = np.load(args.pixels)
        x = np.ascontiguousarray(np.concatenate([pixels] * (args.batch // len(pixels) + 1))[:args.batch])
        return lambda: encode(x), args.batch
    if args.kind.endswith("-text"):
        import batches
        encode = (onnx_encoder(args.model, args.threads) if args.kind.startswith("onnx") else
                  torch_encoder(args.model, "text", args.threads, args.kind.startswith("open_clip")))
        ids = json.load(open(args.ids))[:args.count]
        made = batches.batches(ids, args.pad)
        return lambda: batches.run_all(encode, made, len(ids)), len(ids)
    if args.kind == "torch-fnn":
        return fnn(args), args.rows * args.epochs
    import io
    source, run = open(args.images[0], "rb").read(), front_end(args.side)
    return lambda: run(io.BytesIO(source)), 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind")
    for name in ("model", "pixels", "ids", "out"):
        parser.add_argument("--" + name)
    parser.add_argument("--images", nargs="+")
    for name, default in (("batch", 1), ("threads", 1), ("pad", 0), ("count", 10 ** 9), ("side", 240), ("rows", 20000), ("hidden", 512), ("epochs", 20)):
        parser.add_argument("--" + name, type=int, default=default)
    args = parser.parse_args()
    if args.kind.startswith("start-"):
        run = front_end(args.side)
        x = np.stack([run(picture) for picture in args.images])
        if args.kind == "start-none":
            import onnxruntime  # noqa: F401 - its weight is what is asked for
            return
        encode = onnx_encoder(args.model, args.threads) if args.kind == "start-onnx" else torch_encoder(args.model, "image", args.threads)
        print(encode(x).shape)
        return
    if args.out:  # the embeddings themselves: for peers that live in a Python of their own
        np.save(args.out, image_encoder(args)(np.load(args.pixels)) if args.pixels else make(args)[0]())
        return
    run, items = make(args)
    run()
    print(json.dumps({"ready": True, "items": items}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "items": items, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}), flush=True)


if __name__ == "__main__":
    main()
