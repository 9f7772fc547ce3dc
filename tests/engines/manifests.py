"""manifests.py FOLDER - do the manifests follow the schemas of Kubernetes and KServe, and is a misspelt field noticed?"""
import ast
import copy
import importlib.util
import pathlib
import re
import sys

import kubernetes_validate
import yaml


def problems(manifest):
    """What is wrong with it; empty: nothing."""
    if manifest["apiVersion"].startswith("serving.kserve.io/"):
        found = list(kserve_problems(manifest, "V1beta1InferenceService", manifest["kind"]))
        if found:
            return found
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "predictor"}, "spec": {"containers": manifest["spec"]["predictor"]["containers"]}}
        return problems(pod)
    try:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    except kubernetes_validate.ValidationError as wrong:
        return [str(wrong)]
    return []


def kserve_model(kind):
    """Types of fields, and fields by their names in JSON.  The module is read, not imported: it would want a web server's packages."""
    name = "v1beta1" + re.sub("([A-Z][a-z]+|[A-Z]+(?![a-z]))", r"_\1", kind[len("V1beta1") :]).lower()
    folder = importlib.util.find_spec("kserve").submodule_search_locations[0]
    tree = ast.parse((pathlib.Path(folder) / "models" / f"{name}.py").read_text())
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {node.targets[0].id: ast.literal_eval(node.value) for node in model.body if isinstance(node, ast.Assign)}
    return found["openapi_types"], {json: name for name, json in found["attribute_map"].items()}


def kserve_problems(value, kind, where):
    """By the types of KServe's own client; those of Kubernetes in it are a pod's, which is asked for by itself."""
    plain = {"str": str, "int": int, "bool": bool, "object": object}
    if kind in plain:
        if not isinstance(value, plain[kind]):
            yield f"{where}: {value!r} is no {kind}"
    elif kind.startswith("list["):
        for i, item in enumerate(value):
            yield from kserve_problems(item, kind[5:-1], f"{where}[{i}]")
    elif kind.startswith("V1beta1"):
        types, names = kserve_model(kind)
        for key, item in value.items():
            if key not in names:
                yield f"{where}: {key} is no field of {kind}"
            else:
                yield from kserve_problems(item, types[names[key]], f"{where}.{key}")


def misspelt(manifest, path):
    """The manifest with a letter more in one key."""
    other = copy.deepcopy(manifest)
    there = other
    for key in path[:-1]:
        there = there[key]
    there[path[-1] + "x"] = there.pop(path[-1])
    return other


def keys_of(value, path=()):
    if isinstance(value, dict):
        for key, item in value.items():
            if path[-1:] not in (("annotations",), ("requests",), ("limits",)):  # whose keys are free
                yield (*path, key)
            yield from keys_of(item, (*path, key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from keys_of(item, (*path, i))


def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.yaml"))
    assert len(files) == 2, files
    for file in files:
        manifest = yaml.safe_load(file.read_text())
        found = problems(manifest)
        assert not found, f"{file}: {found}"
        inner = [path for path in keys_of(manifest["spec"], ("spec",)) if "metadata" not in path and path != ("spec", "predictor", "containers")]
        assert len(inner) > 15, inner
        for path in inner:
            assert problems(misspelt(manifest, path)), f"{file}: {path} misspelt is not noticed"
        print(f"{file.name}: {len(inner)} fields")


if __name__ == "__main__":
    main(*sys.argv[1:])
