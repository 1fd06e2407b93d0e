"""Override files: what an owner of an appliance saw of its operations, as YAML or JSON.

The operations are the keys; each has any of `path`, `method` and `elements` (our names to the
appliance's). What the names and paths mean is for the gateway to check.
"""

from collections.abc import Mapping
from pathlib import Path

import yaml

from ffgateway.cli.output import Trouble

LARGEST = 1 << 20
"""Bytes of a file that is read: a dialect of every operation has a few thousand."""

_NOTHING = ("", "~", "null")


def overrides_in(file: Path) -> dict[str, object]:
    """Read an override file; YAML reads JSON as well. An operation without anything confirms it."""
    try:
        text = file.read_bytes()[: LARGEST + 1]
        if len(text) > LARGEST:
            raise Trouble(f"{file} is larger than an override file can be")
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 -- makes texts of everything
    except OSError as gone:
        raise Trouble(f"{file} cannot be read: {gone}") from gone
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as nonsense:
        told = " ".join(str(nonsense).split())
        raise Trouble(f"{file} is neither YAML nor JSON: {told}") from nonsense
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise Trouble(f"{file} must map operations to what was seen of them")
    for name, one in found.items():
        if not isinstance(one, dict) and one not in _NOTHING:
            raise Trouble(f"{file}: {name} must have path, method or elements below it")
    return {name: one if isinstance(one, dict) else {} for name, one in found.items()}


def overrides_text(overrides: Mapping[str, object]) -> str:
    """Write overrides as `overrides_in` reads them."""
    return yaml.safe_dump(dict(overrides), sort_keys=True, allow_unicode=True) if overrides else ""
