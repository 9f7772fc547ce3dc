"""compare_huggingface.py - does rwda see in directories what transformers or open_clip sees, or say by name what it does not read?

    python3 compare_huggingface.py --program build/release/rwda --cases DIR [DIR...]

DIR: what huggingface_cases.py wrote, each with another version of transformers, or open_clip_cases.py.  Pixels must be equal to the last bit, ids equal,
embeddings within 2e-6, and a tower alone must refuse by name what the other one embeds; or the program refuses with a message that names a file of the directory, and lists it here.  A directory that
transformers refuses must be refused.  Exit code 1 where something differs, or is refused that EXPECTED does not say."""
import argparse
import glob
import json
import os
import subprocess
import sys

import numpy as np

LARGEST = 2e-6
EXPECTED = {"act-of-one-tower": "hidden_act", "eps": "layer_norm_eps", "end-token-5": "eos_token_id", "no-projection_dim": "shape", "edge-40": "shortest_edge",
            "edge-and-longest": "size", "squash-64": "size", "not-square": "size", "size-left-out": None, "crop-left-out": "crop_size",
            "crop-40": "crop_size", "no-resize": "do_resize", "no-crop": "do_center_crop", "bilinear": "resample", "nearest": "resample", "lanczos": "resample",
            "normalize-null": "do_normalize", "not-to-RGB": "do_convert_rgb", "square-size": "use_square_size", "padded": "do_pad", "mean-null": "image_mean",
            "another-processor": "image_processor_type", "SigLIP-no-head": "vision_use_head", "both-files-other-mean": "say different things", "vision_config_dict": "hidden_act", "text_config_dict": "hidden_act"}


def run(program, *arguments, stdin=None):
    return subprocess.run([program, *arguments], input=stdin, capture_output=True)


def compare(program, folder, work, texts):
    """-> (what differs, largest difference of embeddings), or the refusal."""
    reference = np.load(folder + ".npz")
    out, wrong, largest = os.path.join(work, "out.npy"), [], 0.0
    pictures = sorted(glob.glob(os.path.join(os.path.dirname(folder), "*.png")))
    for i, picture in enumerate(pictures if "pixels0" in reference else []):
        done = run(program, "preprocess", "--quiet", "--force", "--model", folder, "-o", out, picture)
        if done.returncode:
            return done.stderr.decode().strip()
        ours = np.load(out)[0]
        if ours.tobytes() != reference[f"pixels{i}"].tobytes():
            wrong.append(f"pixels of image {i}, by {np.abs(ours - reference[f'pixels{i}']).max():.2e}")
    if "images" not in reference and "texts" not in reference:
        return wrong, largest
    lines, embeddings = "".join(t + "\n" for t in texts).encode(), []
    for what, given in (("images", pictures), ("texts", ["--text", "-"])):
        done = run(program, "embed", "--quiet", "--force", "--no-cache", "--model", folder, "-o", out, *given, stdin=lines)
        if what in reference:
            done.check_returncode()
            embeddings.append((what, np.load(out)))
        elif done.returncode == 0 or b"tower alone" not in done.stderr:
            wrong.append(f"{what}, which a tower alone does not embed: {done.stderr.decode()}")
    for what, ours in embeddings:
        difference = float(np.abs(ours - reference[what]).max())
        largest = max(largest, difference)
        if not difference <= LARGEST:
            wrong.append(f"{what}, by {difference:.2e}")
    if "ids" not in reference:
        return wrong, largest
    ids = [json.loads(line) for line in run(program, "tokenize", "-", stdin=lines).stdout.decode().splitlines()]
    if any(list(r[m > 0]) != i for r, m, i in zip(reference["ids"], reference["mask"], ids)):
        wrong.append("token ids")
    return wrong, largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--cases", nargs="+", required=True)
    args = parser.parse_args()
    failed = False
    for place in args.cases:
        with open(os.path.join(place, "cases.json"), encoding="utf-8") as f:
            made = json.load(f)
        equal, refused, largest = 0, [], 0.0
        for folder in sorted(f for f in glob.glob(os.path.join(place, "*")) if os.path.exists(f + ".npz") or os.path.basename(f) in made["refused"]):
            name = os.path.basename(folder)
            if name in made["refused"]:
                done = run(args.program, "embed", "--quiet", "--force", "--no-cache", "--model", folder, "-o", os.path.join(place, "out.npy"), os.path.join(place, "0.png"))
                result = done.stderr.decode().strip() if done.returncode else (["nothing, but the reference refuses it: " + made["refused"][name]], 0)
            else:
                result = compare(args.program, folder, place, made["texts"])
            if isinstance(result, str):
                good = name in EXPECTED and folder in result and (EXPECTED[name] or "") in result
                refused.append(name)
                if not good:
                    print(f"{made['version']}, {name}: refused unexpectedly: {result}")
            else:
                good, largest = not result[0], max(largest, result[1])
                equal += good
                if not good:
                    print(f"{made['version']}, {name}: differs in {', '.join(result[0])}")
            failed |= not good
        print(f"{made['version']}: {equal} directories with the same pixels and embeddings (largest difference {largest:.1e}), "
              f"{len(refused)} refused by name: {', '.join(refused)}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
