"""What can be said of the image without building it: its parts exist and its promises are written."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARGUMENT = re.compile(r"\$\{(\w+)\}")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, arguments), comments gone and lines joined."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(instruction, arguments) for instruction, arguments in found]


def stages() -> list[list[tuple[str, str]]]:
    result: list[list[tuple[str, str]]] = []
    for instruction, arguments in instructions():
        if instruction == "FROM":
            result.append([])
        if result:
            result[-1].append((instruction, arguments))
    return result


def shipped(instruction: str) -> list[str]:
    """Return the arguments of an instruction in the last stage."""
    return [arguments for name, arguments in stages()[-1] if name == instruction]


def copied() -> list[str]:
    """Return what is copied from the build context."""
    sources = []
    for instruction, arguments in instructions():
        words = shlex.split(arguments)
        if instruction == "COPY" and not words[0].startswith("--from"):
            sources += words[:-1]
    return sources


def reaches_the_builder(path: str) -> bool:
    """Say whether `.dockerignore` lets a file through; the last pattern that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        expression = re.escape(pattern.removesuffix("/**")).replace(r"\*\*/", "(.*/)?")
        expression = expression.replace(r"\*\*", ".*")
        if re.fullmatch(rf"{expression}(/.*)?", path):
            sent = line.startswith("!")
    return sent


def files(source: str) -> list[Path]:
    path = ROOT / source
    if path.is_file():
        return [path]
    said = subprocess.run(
        ["git", "ls-files", source],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [ROOT / name for name in said.stdout.split()]


def test_every_instruction_is_one_docker_knows() -> None:
    known = {
        *("ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "LABEL", "VOLUME", "USER", "EXPOSE"),
        *("HEALTHCHECK", "ENTRYPOINT", "CMD"),
    }
    assert {name for name, _ in instructions()} <= known
    assert len(stages()) == 3


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_and_reaches_the_builder(source: str) -> None:
    assert files(source)
    for path in files(source):
        assert reaches_the_builder(str(path.relative_to(ROOT))), path


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        "ffgateway.key",
        "k8s/overlays/rehearsal/keys.env",
        "tests/k8s/conftest.py",
        "ffgateway/rest/__pycache__/routes.pyc",
        "ffgateway/graphql/graphiql/node_modules/react/index.js",
        "ffgateway/graphql/assets/graphiql.min.js",
    ],
)
def test_what_the_image_has_no_use_for_does_not_reach_the_builder(path: str) -> None:
    assert not reaches_the_builder(path)


def test_a_stage_copies_only_from_stages_there_are() -> None:
    named = {arguments.split()[-1] for name, arguments in instructions() if name == "FROM"}
    used = set(re.findall(r"--from=(\w+)", (ROOT / "Dockerfile").read_text()))
    assert used == {"graphiql", "built"} <= named


def test_base_images_are_named_by_a_version_and_without_a_host() -> None:
    defaults = dict(arguments.split("=", 1) for name, arguments in instructions() if name == "ARG")
    for name, arguments in instructions():
        if name != "FROM":
            continue
        image = ARGUMENT.sub(lambda match: defaults[match[1]], arguments.split()[0])
        assert re.fullmatch(r"[a-z]+:\d[\w.-]*slim[\w.-]*", image), image


def test_everything_is_installed_by_hash() -> None:
    runs = [arguments for name, arguments in instructions() if name == "RUN"]
    installs = [each for run in runs for each in re.findall(r"pip (?:install|wheel)[^&]*", run)]
    assert len(installs) == 4
    for install in installs:
        assert "--no-deps" in install
        own = "--no-index" in install or "--no-build-isolation" in install
        assert own or "--require-hashes" in install
    assert [run for run in runs if "npm " in run] == [
        "npm ci --no-progress && npm run --silent assets"
    ]


def test_it_runs_as_a_number_that_is_not_root_and_matches_kubernetes() -> None:
    assert shipped("USER") == ["10001:10001"]
    for name in ("gateway/statefulset.yaml", "simulator/deployment.yaml"):
        text = (ROOT / "k8s/base" / name).read_text()
        assert "runAsUser: 10001\n" in text
        assert "runAsGroup: 10001\n" in text


def test_all_it_keeps_is_on_the_volume() -> None:
    assert shipped("VOLUME") == ["/data"]
    (environment,) = (each for each in shipped("ENV"))
    variables = dict(word.split("=", 1) for word in shlex.split(environment))
    assert variables["FFGATEWAY_DATABASE_URL"] == "sqlite+aiosqlite:////data/ffgateway.db"
    assert variables["FFGATEWAY_SPOOL_DIR"].startswith("/data/")
    assert variables["FFGATEWAY_PORT"] == "8080"
    assert shipped("EXPOSE") == ["8080"]


def test_it_starts_the_gateway() -> None:
    assert json.loads(shipped("ENTRYPOINT")[0]) == ["ffgateway"]
    assert json.loads(shipped("CMD")[0]) == ["serve"]


def test_it_asks_itself_whether_it_lives() -> None:
    options, _, command = shipped("HEALTHCHECK")[0].partition(" CMD ")
    assert "--interval=" in options
    program, flag, code = json.loads(command)
    assert (program, flag) == ("python", "-c")
    assert "/livez" in code
    subprocess.run([sys.executable, "-c", f"compile({code!r}, 'check', 'exec')"], check=True)
