"""open_clip_package.py - how is the open-clip-torch package used where only part of what it wants is installed?

Importing `open_clip` pulls in timm, huggingface_hub and newer PyTorch than Debian has; its `model` and `tokenizer` modules do not
need them.  They are imported here without the package's own __init__."""
import importlib
import importlib.metadata
import sys
import types


def module(name):
    if "open_clip" not in sys.modules:
        package = types.ModuleType("open_clip")
        package.__path__ = [str(importlib.metadata.distribution("open_clip_torch").locate_file("open_clip"))]
        sys.modules["open_clip"] = package
    return importlib.import_module("open_clip." + name)


def version():
    return importlib.metadata.version("open_clip_torch")


def clip(config, weights):
    """open_clip's own CLIP module with these weights (OpenCLIP names), in evaluation mode."""
    model = module("model").CLIP(config["embed_dim"], dict(config["vision_cfg"]), dict(config["text_cfg"]),
                                 quick_gelu=config.get("quick_gelu", False))
    model.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    return model.eval()
