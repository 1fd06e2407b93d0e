"""Documents that come in an operation: base64, decoded piece by piece on its way into the spool."""

import base64
import re
from collections.abc import AsyncIterator

from ffgateway.domain.errors import InvalidRequest

BASE64 = re.compile("[A-Za-z0-9+/]*={0,2}", re.ASCII)

PIECE = 1 << 16
"""Characters that are decoded at a time: a multiple of four."""


def check_content(content: str | None, url: str | None, index: int) -> None:
    """Raise what is wrong with where a document is, and with the form of what is here."""
    if (content is None) == (url is None):
        raise InvalidRequest(
            "A document has either content or a url.",
            field=f"documents[{index}]",
            cure="Give one of the two.",
        )
    whole = content is None or len(content) % 4 == 0
    if not whole or (content and not BASE64.fullmatch(content)):
        raise InvalidRequest(
            "That is not base64.",
            field=f"documents[{index}].content",
            cure="Encode the bytes of the file (RFC 4648, section 4), without line ends.",
        )


async def decoded(content: str) -> AsyncIterator[bytes]:
    """The bytes of a document, never all of them at once."""
    for start in range(0, len(content), PIECE):
        yield base64.b64decode(content[start : start + PIECE])
