"""What the README says of settings is what the settings are."""

import re
from pathlib import Path

from ffgateway.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `FFGATEWAY_([A-Z_]+)` \|([^|]*)\|", README, re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        shown = rows[name.upper()].strip().strip("`")
        default = "" if field.default is None else str(field.default)
        assert shown == (default.lower() if isinstance(field.default, bool) else default), name
