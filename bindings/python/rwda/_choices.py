"""The names of fixed sets, for type checkers: those of the library's enumerations (tests/test_package.py compares them)."""

from __future__ import annotations

from typing import Literal

Cpu = Literal["auto", "ref", "avx2", "avx512", "neon"]
Crops = Literal["one", "5", "2x2", "3x3"]
Layout = Literal["auto", "mvtec", "btad", "visa", "sewerml", "realiad", "tiles", "folder", "list"]
MapMode = Literal["windows", "patches", "crops", "memory"]
Method = Literal["fnn", "clip", "both", "lda", "paired", "winclip"]
Names = Literal["spaces", "raw", "clean"]
Orientation = Literal["turned", "stored"]
Pool = Literal["mean", "max", "logit"]
Precision = Literal["auto", "f32", "f16", "bf16", "int8"]
Preset = Literal["paper", "best"]
Prompts = Literal["single", "ensemble"]
Resize = Literal["config", "shortest", "squash", "tiles"]
Rule = Literal["false-alarms", "f1"]
Towers = Literal["both", "image", "text"]
