"""The renderer behind the other tests here is itself held to what kustomize does."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.manifests import Manifest, Unsupported, render

FOLDERS = ["base", "base/gateway", "base/simulator", "overlays/rehearsal", "overlays/production"]

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers: [{name: web, image: web, envFrom: [{configMapRef: {name: settings}}]}]
"""


def write(folder: Path, kustomization: str) -> Path:
    (folder / "deployment.yaml").write_text(DEPLOYMENT)
    (folder / "kustomization.yaml").write_text(kustomization)
    return folder


def by_identity(objects: list[Manifest]) -> dict[tuple[str, str], Manifest]:
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl to compare with")
@pytest.mark.parametrize("name", FOLDERS)
def test_kubectl_renders_the_same_objects(k8s: Path, name: str) -> None:
    said = subprocess.run(
        ["kubectl", "kustomize", str(k8s / name)],  # noqa: S607
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert by_identity(render(k8s / name)) == by_identity(list(yaml.safe_load_all(said.stdout)))


def test_a_generated_name_carries_the_hash_kustomize_gives_it_and_is_referred_to_by_it(
    tmp_path: Path,
) -> None:
    folder = write(
        tmp_path,
        "{resources: [deployment.yaml], configMapGenerator: [{name: settings, literals: [A=1]}]}",
    )
    deployment, settings = render(folder)
    assert settings["metadata"]["name"] == "settings-89g4tffbfk"  # as kubectl 1.32 prints it
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["envFrom"] == [{"configMapRef": {"name": "settings-89g4tffbfk"}}]


@pytest.mark.parametrize(
    "kustomization",
    [
        "{resources: [deployment.yaml], namePrefix: a-}",
        "{resources: [deployment.yaml], commonLabels: {a: b}}",
        "{resources: [deployment.yaml], patches: [{path: patch.yaml}]}",
        "{resources: [deployment.yaml], labels: [{pairs: {a: b}, includeSelectors: true}]}",
        "{resources: [deployment.yaml], images: [{name: web, digest: 'sha256:0'}]}",
        "{resources: [], configMapGenerator: [{name: a, files: [b]}]}",
        "{resources: [], configMapGenerator: [{name: a, literals: [B]}]}",
        "{resources: [], configMapGenerator: [{name: a, literals: ['B=\"c\"']}]}",
        "{resources: [], configMapGenerator: [{name: a, literals: [B=1<2]}]}",
        "{resources: [namespaceless.yaml]}",
    ],
)
def test_what_the_renderer_does_not_know_it_refuses(tmp_path: Path, kustomization: str) -> None:
    (tmp_path / "namespaceless.yaml").write_text("{kind: ClusterRole, metadata: {name: all}}")
    with pytest.raises(Unsupported):
        render(write(tmp_path, kustomization))
