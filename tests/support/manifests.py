"""Kustomizations rendered in Python, so that tests see the objects a cluster would be given.

In goes a folder with a `kustomization.yaml`; out come the objects `kubectl kustomize` prints,
in no promised order. It knows the part of kustomize that `k8s/` uses and nothing else: an
unknown field, label option or kind raises `Unsupported`, so that what is rendered here is
never less than what is deployed. `tests/k8s/test_renderer.py` compares it with the real one.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

FIELDS = {
    *("apiVersion", "kind", "namespace", "resources", "labels", "images"),
    *("configMapGenerator", "secretGenerator"),
}
"""What a kustomization may say here."""

NAMESPACED = {"ConfigMap", "Secret", "Service", "Deployment", "StatefulSet", "NetworkPolicy"}
CLUSTER_WIDE = {"Namespace"}

REFERENCES = {
    "configMapRef": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMap": ("ConfigMap", "name"),
    "secretRef": ("Secret", "name"),
    "secretKeyRef": ("Secret", "name"),
    "secret": ("Secret", "secretName"),
}
"""Where a pod names a ConfigMap or Secret: the field's key, the kind, the key of the name."""


class Unsupported(ValueError):
    """The kustomization asks for something this renderer does not know how to do."""


@dataclass(slots=True)
class _Accumulated:
    objects: list[Manifest] = field(default_factory=list)
    generated: list[Manifest] = field(default_factory=list)  # among `objects`; to be renamed


def render(folder: Path) -> list[Manifest]:
    """Return what `kubectl kustomize` makes of the folder."""
    result = _accumulate(folder)
    renamed = {}
    for manifest in result.generated:
        name = manifest["metadata"]["name"]
        manifest["metadata"]["name"] = f"{name}-{_suffix(manifest)}"
        renamed[manifest["kind"], name] = manifest["metadata"]["name"]
    for node in _nodes(result.objects):
        for key, (kind, name_key) in REFERENCES.items():
            target = node.get(key)
            if isinstance(target, dict) and name_key in target:
                name = target[name_key]
                target[name_key] = renamed.get((kind, name), name)
    return result.objects


def containers(manifest: Manifest) -> list[Manifest]:
    """Return the containers of a workload's pod, those that run before the others included."""
    pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return [*pod.get("initContainers", []), *pod.get("containers", [])]


def environment(container: Manifest, objects: list[Manifest]) -> dict[str, str]:
    """Return the variables a container starts with, looked up as the kubelet would.

    A variable from a Secret that is not among the objects (someone makes it by hand) is left
    out; one from a ConfigMap that is not there raises `KeyError`.
    """
    stored = {(each["kind"], each["metadata"]["name"]): each.get("data", {}) for each in objects}
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        _expect(source, {"configMapRef"})
        found |= stored["ConfigMap", source["configMapRef"]["name"]]
    for variable in container.get("env", []):
        if "value" in variable:
            found[variable["name"]] = variable["value"]
            continue
        reference = variable["valueFrom"]["secretKeyRef"]
        secret = stored.get(("Secret", reference["name"]), {})
        if reference["key"] in secret:
            found[variable["name"]] = base64.b64decode(secret[reference["key"]]).decode()
    return found


def _accumulate(folder: Path) -> _Accumulated:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    _expect(kustomization, FIELDS)
    result = _Accumulated()
    for resource in kustomization.get("resources", []):
        path = folder / resource
        if path.is_dir():
            inner = _accumulate(path)
            result.objects += inner.objects
            result.generated += inner.generated
        else:
            result.objects += [each for each in yaml.safe_load_all(path.read_text()) if each]
    for field_name, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for generator in kustomization.get(field_name, []):
            result.generated.append(_generate(generator, kind, folder=folder))
            result.objects.append(result.generated[-1])
    for manifest in result.objects:
        _place(manifest, kustomization.get("namespace"))
        _label(manifest, kustomization.get("labels", []))
        _choose_images(manifest, kustomization.get("images", []))
    return result


def _generate(generator: Manifest, kind: str, *, folder: Path) -> Manifest:
    _expect(generator, {"name", "literals", "envs"})
    lines = list(generator.get("literals", []))
    for name in generator.get("envs", []):
        read = (folder / name).read_text().splitlines()
        lines += [line for line in read if line.strip() and not line.startswith("#")]
    data = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if not equals or value[:1] in {'"', "'"}:
            raise Unsupported(f"{folder}: {line!r} is not plain KEY=value")
        data[key] = value
    manifest: Manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": generator["name"]}}
    if kind == "Secret":
        manifest["type"] = "Opaque"
        data = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return manifest | {"data": data}


def _place(manifest: Manifest, namespace: str | None) -> None:
    if manifest["kind"] not in NAMESPACED | CLUSTER_WIDE:
        raise Unsupported(f"does a {manifest['kind']} live in a namespace?")
    if namespace and manifest["kind"] in NAMESPACED:
        manifest["metadata"]["namespace"] = namespace


def _label(manifest: Manifest, labels: list[Manifest]) -> None:
    for entry in labels:
        _expect(entry, {"pairs"})  # on metadata alone: neither selectors nor templates
        manifest["metadata"].setdefault("labels", {}).update(entry["pairs"])


def _choose_images(manifest: Manifest, images: list[Manifest]) -> None:
    for choice in images:
        _expect(choice, {"name", "newName", "newTag"})
        for container in containers(manifest):
            name, _, tag = container["image"].partition(":")
            if name == choice["name"]:
                tag = choice.get("newTag", tag)
                name = choice.get("newName", name)
                container["image"] = f"{name}:{tag}" if tag else name


def _suffix(manifest: Manifest) -> str:
    """Return ten characters that change with the contents, by kustomize's own recipe.

    SHA-256 over compact JSON with sorted keys, in hexadecimal with the digits that could spell
    words replaced. The name has its place in that JSON and is left empty (seen with kustomize
    5.5).
    """
    kept = {key: manifest[key] for key in ("kind", "type", "data") if key in manifest}
    text = json.dumps(
        kept | {"name": ""}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    if set(text) & set("<>&\u2028\u2029"):
        raise Unsupported("Go's JSON spells <, > and & differently, and so hashes otherwise")
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    return digest.translate(str.maketrans("013ae", "ghkmt"))


def _nodes(tree: object) -> Iterator[Manifest]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _expect(entry: Manifest, known: set[str]) -> None:
    if unknown := set(entry) - known:
        raise Unsupported(f"unknown here: {', '.join(sorted(unknown))}")
