"""Samples by folder and name, and what `PROVENANCE.md` says of them."""

from pathlib import Path

ROOT = Path(__file__).parents[1] / "samples" / "ffws"
PROVENANCE = (ROOT / "PROVENANCE.md").read_text(encoding="utf-8")


def sample(name: str) -> bytes:
    """The bytes of `folder/file` without its `.xml`."""
    return (ROOT / f"{name}.xml").read_bytes()


def names() -> list[str]:
    """Every sample, as `folder/file.xml`."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("*/*.xml"))
