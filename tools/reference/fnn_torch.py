"""fnn_torch.py - does the small network train as it does in PyTorch, step by step?

    python3 fnn_torch.py --program build/release/tests/fnn_steps --work DIR

The same start, the same batches and dropout masks go into rwda's training step and into torch.nn + torch.optim.AdamW, in float32;
200 steps; the loss curves may differ by 1e-4.  Exit code 1 if one does."""
import argparse
import math
import os
import struct
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

STEPS, ROWS, DIM, BOUND = 200, 512, 640, 1e-4
# name, hidden, outputs, activation (0 ReLU, 1 GELU), dropout, label smoothing
CASES = [("BCE, 640 ReLU, dropout 0.1 (preset paper)", 640, 1, 0, .1, 0.0), ("BCE, 640 ReLU, smoothing 0.05", 640, 1, 0, 0, .05),
         ("CE, 256 GELU, dropout 0.2, smoothing 0.1", 256, 2, 1, .2, .1), ("BCE, linear", 0, 1, 0, 0, 0.0)]


def batches(rng, dropout, hidden):
    """Pairs around shared random centres, moved apart along one direction: hard at first, learnable, as prompts are."""
    direction = rng.standard_normal(DIM).astype(np.float32) * .02
    for _ in range(STEPS):
        centre = np.repeat(rng.standard_normal((ROWS // 2, DIM)), 2, 0)
        y = np.tile([0, 1], ROWS // 2).astype(np.float32)
        x = (centre / np.linalg.norm(centre, axis=1, keepdims=True) + (2 * y[:, None] - 1) * direction
             + rng.standard_normal((ROWS, DIM)) * .02).astype(np.float32)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        keep = ((rng.random((ROWS, hidden)) >= dropout) / (1 - dropout)).astype(np.float32) if dropout else None
        yield x, y, keep


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    source, result, failed = os.path.join(args.work, "fnn.in"), os.path.join(args.work, "fnn.out"), False
    for number, (name, hidden, outputs, activation, dropout, smoothing) in enumerate(CASES):
        torch.manual_seed(number)
        last = nn.Linear(hidden or DIM, outputs)
        first = nn.Linear(DIM, hidden) if hidden else None
        parameters = [p for layer in (first, last) if layer is not None for p in (layer.weight, layer.bias)]
        data = list(batches(np.random.default_rng(number), dropout, hidden))
        with open(source, "wb") as f:
            f.write(struct.pack("<7i5f", DIM, hidden, outputs, activation, ROWS, STEPS, bool(dropout), 1e-3, 1e-2, .9, .999, smoothing))
            for p in parameters:
                f.write(p.detach().numpy().astype("<f4").tobytes())
            for x, y, keep in data:
                f.write(x.tobytes() + y.tobytes() + (keep.tobytes() if dropout else b""))
        optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-2, betas=(.9, .999))
        curve = []
        for step, (x, y, keep) in enumerate(data):
            h, y = torch.from_numpy(x), torch.from_numpy(y)
            if first is not None:
                h = (F.gelu if activation else F.relu)(first(h))
                h = h * torch.from_numpy(keep) if dropout else h
            z = last(h)
            if outputs == 2:
                loss = F.cross_entropy(z, y.long(), label_smoothing=smoothing)
            else:
                loss = F.binary_cross_entropy_with_logits(z[:, 0], y * (1 - smoothing) + smoothing / 2)
            optimiser.param_groups[0]["lr"] = 1e-3 * .5 * (1 + math.cos(math.pi * step / STEPS))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            curve.append(loss.item())
        subprocess.run([args.program, "auto", source, result], check=True)
        with open(result, "rb") as f:
            ours = np.frombuffer(f.read(8 * STEPS), "<f8")
            final = np.frombuffer(f.read(), "<f4")
        theirs = np.concatenate([p.detach().numpy().ravel() for p in parameters])
        off = np.abs(ours - curve).max()
        failed |= off > BOUND
        print(f"FNN, {name}: loss {curve[0]:.4f} -> {curve[-1]:.4f}, largest difference of the curves {off:.1e}, "
              f"of the parameters {np.abs(final - theirs).max():.1e}{'' if off <= BOUND else '  MISSED'}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
