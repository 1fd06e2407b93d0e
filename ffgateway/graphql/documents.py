"""Trusted documents: a list of operations that are known, each by the SHA-256 of its text.

With a list, whoever lacks the scope `graphql:any` runs those and nothing else, and anybody may send
`documentId` (`sha256:…`) instead of the text. Without one every document is run, and none has an id.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ffgateway.domain.access import Principal, Scope
from ffgateway.domain.errors import Forbidden, NotFound

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Documents:
    """Texts by the SHA-256 of each, in lower-case hexadecimal."""

    texts: Mapping[str, str] = field(default_factory=dict)
    listed: bool = False  # whether there is a list at all

    def text(self, document_id: str) -> str:
        """The text of an id. Raises `NotFound`."""
        found = _ID.fullmatch(document_id)
        text = self.texts.get(found[1].lower()) if found else None
        if text is None:
            raise NotFound(
                "No document of that id is known here.",
                field="documentId",
                cure="Send `sha256:` and the hexadecimal hash of a document on the list.",
            )
        return text

    def admit(self, principal: Principal, text: str) -> None:
        """Let a document pass. Raises `Forbidden` for one that its sender may not run."""
        if not self.listed or principal.may(Scope.GRAPHQL_ANY) or digest(text) in self.texts:
            return
        raise Forbidden(
            "Only trusted documents are run here, and this is none of them.",
            cure=f"Send one that is on the list, or use a key with the scope `{Scope.GRAPHQL_ANY}`.",
        )


def digest(text: str) -> str:
    """The SHA-256 of a document's text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def trusted(path: Path | None) -> Documents:
    """Read a list: a folder of `*.graphql` files, or a JSON file of texts by their SHA-256.

    Raises `ValueError` for a file that is none, or a text that is not what its id says.
    """
    if path is None:
        return Documents()
    if path.is_dir():
        texts = [file.read_text(encoding="utf-8") for file in sorted(path.rglob("*.graphql"))]
        return Documents({digest(text): text for text in texts}, listed=True)
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as flaw:
        raise ValueError(f"{path} is no list of trusted documents: {flaw}") from flaw
    if not isinstance(given, dict):
        raise ValueError(f"{path} is no list of trusted documents: an object is expected")  # noqa: TRY004
    found: dict[str, str] = {}
    for name, text in given.items():
        known = _ID.fullmatch(name)
        if known is None or not isinstance(text, str) or digest(text) != known[1].lower():
            raise ValueError(f"{path}: {name[:80]} is not the SHA-256 of its document")
        found[known[1].lower()] = text
    return Documents(found, listed=True)
