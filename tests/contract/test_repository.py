"""What must hold of the repository as a whole: it stands alone, is pinned, and says what is so."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import ffgateway

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "ffgateway").rglob("*.py"))
LOCKS = ["constraints.txt", "constraints-build.txt", "constraints-dev.txt"]

# Spelt so that this file does not contain what it looks for.
REGISTRY = re.compile(
    "|".join(
        re.escape(".".join(labels))
        for labels in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("registry", "yarnpkg", "com"),
            ("docker", "io"),
            ("ghcr", "io"),
            ("gcr", "io"),
            ("quay", "io"),
            ("deb", "debian", "org"),
            ("crates", "io"),
            ("proxy", "golang", "org"),
        )
    )
)
MACHINE_PATH = re.compile(
    r"(?<![\w.$~/-])/([h]ome/\w|[U]sers/\w|[r]oot/|[w]ork/|[t]mp/\w)|\b[A-Z]:\\\\?[U]sers"
)


@cache
def committed() -> tuple[str, ...]:
    said = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    names = tuple(name for name in said.stdout.split("\0") if name)
    assert names
    return names


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and the contents of each committed file that is text."""
    for name in committed():
        raw = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in raw:
            yield name, raw.decode("utf-8", errors="replace")


def mentions(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


# --- It stands alone --------------------------------------------------------------------------


def test_no_committed_file_names_a_package_registry() -> None:
    assert mentions(REGISTRY) == []


def test_no_committed_file_names_a_place_on_somebodys_machine() -> None:
    assert mentions(MACHINE_PATH) == []


@pytest.mark.parametrize("line", ["see /h|ome/ada", "cd /r|oot/x", '"/t|mp/key"', "(/w|ork/main)"])
def test_a_place_on_a_machine_would_be_noticed(line: str) -> None:
    assert MACHINE_PATH.search(line.replace("|", ""))


@pytest.mark.parametrize(
    "line", ["mountPath: /tmp", "ffgateway/work/main", "GET /workers", "https://a.example/home/x"]
)
def test_what_only_looks_like_one_would_not(line: str) -> None:
    assert not MACHINE_PATH.search(line)


# --- It is pinned -----------------------------------------------------------------------------


def pins(lock: str) -> set[tuple[str, str, str]]:
    """Return (name, version, marker) of each line; fail at what is neither a pin nor its hash.

    A package may be there twice, for different Pythons: then the markers tell them apart.
    """
    found: dict[tuple[str, str], str] = {}
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        pin = re.fullmatch(
            r"([\w.-]+)==([\w.!+]+)( ; [^#@]+?)?((?:\s+--hash=sha256:[0-9a-f]{64})+)", line
        )
        assert pin, f"{lock}: {line[:80]}"
        key = (canonicalize_name(pin[1]), (pin[3] or "").removeprefix(" ; "))
        assert key not in found, f"{lock}: {pin[1]} is there twice"
        found[key] = pin[2]
    return {(name, version, marker) for (name, marker), version in found.items()}


def wanted(lock: str) -> list[Requirement]:
    """Return what pyproject.toml asks for and `lock` must answer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build: list[str] = project["build-system"]["requires"]
    run: list[str] = project["project"]["dependencies"]
    dev: list[str] = project["project"]["optional-dependencies"]["dev"]
    asked = {
        "constraints.txt": run,
        "constraints-build.txt": build,
        "constraints-dev.txt": [*run, *build, *dev],
    }
    return [Requirement(each) for each in asked[lock]]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_exact_versions_their_hashes_and_no_addresses(lock: str) -> None:
    assert pins(lock)
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_answers_what_the_project_asks_for(lock: str) -> None:
    pinned = pins(lock)
    for requirement in wanted(lock):
        wanted_name = canonicalize_name(requirement.name)
        versions = [Version(version) for name, version, _ in pinned if name == wanted_name]
        assert versions, requirement
        assert all(requirement.specifier.contains(each) for each in versions), requirement


@pytest.mark.parametrize("smaller", ["constraints.txt", "constraints-build.txt"])
def test_one_environment_serves_all_because_the_locks_agree(smaller: str) -> None:
    assert pins(smaller) <= pins("constraints-dev.txt")


@pytest.mark.parametrize("folder", ["ffgateway/graphql/graphiql", "tests/audit"])
def test_a_lock_of_npm_names_hashes_and_no_addresses(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()
    assert '"resolved"' not in text
    entries = re.findall(r'^    "node_modules/', text, re.MULTILINE)
    assert len(entries) == text.count('"integrity": "sha512-') > 0


# --- It says what is so -----------------------------------------------------------------------


def named_paths(text: str) -> set[str]:
    """Return the files and folders a page names: linked to, or in code and ending in a suffix or /."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    linked = {each for each in re.findall(r"\]\(([^)#\s]+)", prose) if "://" not in each}
    spans = set(re.findall(r"`([\w.][\w./-]*)`", prose))
    coded = {each for each in spans if each.endswith("/") or re.search(r"\w/.*\.\w+$", each)}
    return linked | coded


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_every_path_a_page_names_is_there(page: str) -> None:
    names = named_paths((ROOT / page).read_text())
    known = {str(part) for name in committed() for part in (Path(name), *Path(name).parents)}
    assert [name for name in sorted(names) if name.rstrip("/") not in known] == []


def test_the_readme_names_paths_at_all() -> None:
    assert len(named_paths((ROOT / "README.md").read_text())) >= 10


def test_every_make_target_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:`|^\s*)make ([a-z][a-z-]*)", readme, re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_map_lists_the_rooms_there_are() -> None:
    assert ffgateway.__doc__
    listed = set(re.findall(r"^(\w+) {2,}\S", ffgateway.__doc__, re.MULTILINE))
    package = ROOT / "ffgateway"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.stem for path in package.glob("[!_]*.py")}
    assert rooms <= listed
    assert listed <= rooms | modules
    mentioned = set(re.findall(r"\w+", ffgateway.__doc__))
    assert modules <= mentioned


def undocumented(module: Path) -> list[str]:
    tree = ast.parse(module.read_text())
    missing = [] if ast.get_docstring(tree) else ["the module"]

    def look(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            decorators = {ast.unparse(each) for each in node.decorator_list}
            if node.name.startswith("_") or decorators & {"overload", "typing.overload"}:
                continue
            if not ast.get_docstring(node):
                missing.append(f"{owner}{node.name} (line {node.lineno})")
            if isinstance(node, ast.ClassDef):
                look(node.body, f"{owner}{node.name}.")

    look(tree.body, "")
    return missing


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_name_says_what_its_signature_cannot(module: Path) -> None:
    assert undocumented(module) == []


def test_the_version_is_said_once_and_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == ffgateway.__version__
    tags = re.findall(
        r"newTag: (\S+)", "".join(text for name, text in texts() if name[:4] == "k8s/")
    )
    tags += re.findall(r"ffgateway:(\d[\w.]*)", (ROOT / "Dockerfile").read_text())
    assert tags
    assert set(tags) == {ffgateway.__version__}
