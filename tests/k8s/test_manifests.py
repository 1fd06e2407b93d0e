"""What `k8s/` gives a cluster is valid, fits together, and keeps the promises we make for it."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

import ffgateway
from tests.support.manifests import Manifest, containers, environment, render

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(
    str(path.parent.relative_to(ROOT / "k8s"))
    for path in (ROOT / "k8s").rglob("kustomization.yaml")
)
WORKLOADS = {"Deployment", "StatefulSet"}


@pytest.fixture(params=FOLDERS)
def objects(request: pytest.FixtureRequest, k8s: Path) -> list[Manifest]:
    return render(k8s / request.param)


@pytest.fixture
def rehearsal(k8s: Path) -> list[Manifest]:
    return render(k8s / "overlays" / "rehearsal")


def workloads(objects: list[Manifest]) -> list[Manifest]:
    found = [each for each in objects if each["kind"] in WORKLOADS]
    assert found
    return found


def all_containers(objects: list[Manifest]) -> list[Manifest]:
    return [container for workload in workloads(objects) for container in containers(workload)]


def pod(workload: Manifest) -> Manifest:
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def named(objects: list[Manifest], kind: str, name: str) -> Manifest:
    found = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def selects(selector: dict[str, str], workload: Manifest) -> bool:
    labels = workload["spec"]["template"]["metadata"]["labels"]
    return bool(selector.items() <= labels.items())


def port_number(container: Manifest, port: str | int) -> int | None:
    for known in container.get("ports", []):
        if port in {known.get("name"), known["containerPort"]}:
            return int(known["containerPort"])
    return None


# --- Valid ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.28", kubernetes_validate.latest_version()])
def test_every_object_is_what_the_kubernetes_schemas_allow(
    objects: list[Manifest], version: str
) -> None:
    for each in objects:
        kubernetes_validate.validate(each, version, strict=True)


def test_the_schemas_would_notice_a_misspelt_field(rehearsal: list[Manifest]) -> None:
    gateway = named(rehearsal, "StatefulSet", "ffgateway")
    pod(gateway)["automountServiceAcountToken"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(gateway, "1.28", strict=True)


def test_no_object_is_there_twice(objects: list[Manifest]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))


# --- Fits together ----------------------------------------------------------------------------


def test_a_workload_selects_its_own_pods_and_no_others(objects: list[Manifest]) -> None:
    for workload in workloads(objects):
        selector = workload["spec"]["selector"]["matchLabels"]
        assert [each for each in workloads(objects) if selects(selector, each)] == [workload]


def test_a_service_and_a_policy_select_exactly_one_workload(objects: list[Manifest]) -> None:
    selectors = [each["spec"]["selector"] for each in objects if each["kind"] == "Service"] + [
        each["spec"]["podSelector"]["matchLabels"]
        for each in objects
        if each["kind"] == "NetworkPolicy"
    ]
    for selector in selectors:
        assert len([each for each in workloads(objects) if selects(selector, each)]) == 1


def test_a_service_leads_to_a_port_its_pods_listen_on(objects: list[Manifest]) -> None:
    for service in [each for each in objects if each["kind"] == "Service"]:
        (workload,) = (
            each for each in workloads(objects) if selects(service["spec"]["selector"], each)
        )
        for port in service["spec"]["ports"]:
            ports = [port_number(each, port["targetPort"]) for each in containers(workload)]
            assert ports == [port["port"]]


def test_a_policy_lets_in_to_the_ports_there_are(objects: list[Manifest]) -> None:
    for policy in [each for each in objects if each["kind"] == "NetworkPolicy"]:
        selector = policy["spec"]["podSelector"]["matchLabels"]
        (workload,) = (each for each in workloads(objects) if selects(selector, each))
        (container,) = containers(workload)
        for rule in policy["spec"]["ingress"]:
            assert all(port_number(container, port["port"]) for port in rule["ports"])


def test_every_volume_that_is_mounted_exists_and_every_one_that_exists_is_mounted(
    objects: list[Manifest],
) -> None:
    for workload in workloads(objects):
        claims = workload["spec"].get("volumeClaimTemplates", [])
        there = {each["name"] for each in pod(workload).get("volumes", [])}
        there |= {each["metadata"]["name"] for each in claims}
        mounted = {
            mount["name"]
            for container in containers(workload)
            for mount in container.get("volumeMounts", [])
        }
        assert mounted == there


def test_the_database_and_the_spool_are_on_the_volume_that_stays(
    rehearsal: list[Manifest],
) -> None:
    gateway = named(rehearsal, "StatefulSet", "ffgateway")
    (container,) = containers(gateway)
    (claim,) = gateway["spec"]["volumeClaimTemplates"]
    (data,) = (
        mount["mountPath"]
        for mount in container["volumeMounts"]
        if mount["name"] == claim["metadata"]["name"]
    )
    variables = environment(container, rehearsal)
    assert Path(variables["FFGATEWAY_SPOOL_DIR"]).is_relative_to(data)
    database = variables["FFGATEWAY_DATABASE_URL"].removeprefix("sqlite+aiosqlite:///")
    assert Path(database).is_relative_to(data)


def test_the_gateway_listens_where_its_service_leads(rehearsal: list[Manifest]) -> None:
    (container,) = containers(named(rehearsal, "StatefulSet", "ffgateway"))
    variables = environment(container, rehearsal)
    assert variables["FFGATEWAY_HOST"] == "0.0.0.0"  # noqa: S104
    assert int(variables["FFGATEWAY_PORT"]) == port_number(container, "http") == 8080


def test_the_simulator_listens_where_its_service_leads(rehearsal: list[Manifest]) -> None:
    (container,) = containers(named(rehearsal, "Deployment", "ffgateway-simulator"))
    arguments = container["args"]
    assert int(arguments[arguments.index("--port") + 1]) == port_number(container, "ffws")


def test_everything_is_in_one_namespace_which_the_overlay_makes(k8s: Path) -> None:
    for overlay in sorted((k8s / "overlays").iterdir()):
        objects = render(overlay)
        (namespace,) = (each for each in objects if each["kind"] == "Namespace")
        for each in objects:
            if each is not namespace:
                assert each["metadata"]["namespace"] == namespace["metadata"]["name"]


# --- Promises ---------------------------------------------------------------------------------


def test_every_container_is_asked_whether_it_started_lives_and_is_ready(
    objects: list[Manifest],
) -> None:
    for container in all_containers(objects):
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            check = container[probe].get("httpGet") or container[probe]["tcpSocket"]
            assert port_number(container, check["port"])


def test_the_gateway_is_asked_at_livez_and_readyz(rehearsal: list[Manifest]) -> None:
    (container,) = containers(named(rehearsal, "StatefulSet", "ffgateway"))
    paths = {
        probe: container[f"{probe}Probe"]["httpGet"]["path"]
        for probe in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}


def test_pods_meet_the_restricted_pod_security_standard(objects: list[Manifest]) -> None:
    for workload in workloads(objects):
        spec = pod(workload)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert not [each for each in spec.get("volumes", []) if "hostPath" in each]
        for container in containers(workload):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_pods_get_no_api_token_and_none_of_the_variables_kubernetes_would_add(
    objects: list[Manifest],
) -> None:
    """A Service called ffgateway would set FFGATEWAY_PORT to tcp://…, which is a setting."""
    for workload in workloads(objects):
        assert pod(workload)["automountServiceAccountToken"] is False
        assert pod(workload)["enableServiceLinks"] is False


def test_one_gateway_runs_at_a_time(objects: list[Manifest]) -> None:
    for workload in workloads(objects):
        assert workload["spec"]["replicas"] == 1
        if workload["kind"] == "Deployment":
            assert workload["spec"]["strategy"] == {"type": "Recreate"}


def test_pods_have_time_to_finish_and_limits_to_stay_in(objects: list[Manifest]) -> None:
    for workload in workloads(objects):
        assert pod(workload)["terminationGracePeriodSeconds"] >= 10
    for container in all_containers(objects):
        for bound in ("requests", "limits"):
            assert container["resources"][bound].keys() == {"cpu", "memory", "ephemeral-storage"}
    scratch = [volume["emptyDir"] for each in workloads(objects) for volume in pod(each)["volumes"]]
    assert all("sizeLimit" in each for each in scratch)


def test_images_are_of_this_version_by_their_tag(k8s: Path) -> None:
    for folder in ("base", "overlays/rehearsal", "overlays/production"):
        images = {container["image"] for container in all_containers(render(k8s / folder))}
        assert images == {f"ffgateway:{ffgateway.__version__}"}


def test_traffic_is_refused_unless_a_policy_allows_it(objects: list[Manifest]) -> None:
    policies = [each["spec"] for each in objects if each["kind"] == "NetworkPolicy"]
    assert len(policies) == len(workloads(objects))
    assert all(set(each["policyTypes"]) == {"Ingress", "Egress"} for each in policies)


def test_only_the_gateway_reaches_the_simulator_which_reaches_no_one(
    rehearsal: list[Manifest],
) -> None:
    spec = named(rehearsal, "NetworkPolicy", "ffgateway-simulator")["spec"]
    assert spec["egress"] == []
    (rule,) = spec["ingress"]
    (peer,) = rule["from"]
    assert selects(peer["podSelector"]["matchLabels"], named(rehearsal, "StatefulSet", "ffgateway"))


def test_no_key_is_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "k8s"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert listed
    for name in listed:
        assert not name.endswith("keys.env")
        assert "kind: Secret" not in (ROOT / name).read_text()


# --- The gateway itself agrees ----------------------------------------------------------------


def settings_class() -> Any:
    return importlib.import_module("ffgateway.settings").Settings


def test_every_variable_a_pod_sets_is_a_setting_of_ours(objects: list[Manifest]) -> None:
    settings = settings_class()
    prefix = settings.model_config["env_prefix"].upper()
    known = {prefix + name.upper() for name in settings.model_fields}
    for container in all_containers(objects):
        assert environment(container, objects).keys() <= known


def test_the_gateway_accepts_the_settings_its_pod_gives_it(
    rehearsal: list[Manifest], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (container,) = containers(named(rehearsal, "StatefulSet", "ffgateway"))
    variables = environment(container, rehearsal)
    assert {"FFGATEWAY_SECRET_KEY", "FFGATEWAY_BOOTSTRAP_KEY"} <= variables.keys()
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert settings_class()().port == 8080


def test_the_gateway_accepts_the_settings_that_are_shown_for_an_issuer(
    k8s: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (k8s / "overlays/production/kustomization.yaml").read_text()
    shown = dict(re.findall(r"- '?(FFGATEWAY_OIDC_\w+)=(.*?)'?$", text, re.MULTILINE))
    assert len(shown) == 3
    monkeypatch.chdir(tmp_path)
    for name, value in shown.items():
        monkeypatch.setenv(name, value)
    assert list(settings_class()().oidc_granted) == ["fax-team"]


@pytest.mark.parametrize(
    ("kind", "name"), [("StatefulSet", "ffgateway"), ("Deployment", "ffgateway-simulator")]
)
def test_the_command_line_knows_what_a_pod_calls_it_with(
    rehearsal: list[Manifest], kind: str, name: str
) -> None:
    (container,) = containers(named(rehearsal, kind, name))
    # Unknown options are refused before --help is answered.
    subprocess.run(
        [sys.executable, "-m", "ffgateway", *container["args"], "--help"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
