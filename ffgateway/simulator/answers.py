"""Answers over HTTP: documents with a status, and refusals."""

from typing import Final

from starlette.responses import Response

from ffgateway.ffws.elements import write_message
from ffgateway.simulator.refusals import Refused

XML: Final = "application/xml"  # documented, on every answer
CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="FaxFinder"'}
"""That a challenge is sent is inferred from clients that wait for one; the realm is ours."""


def document(content: bytes, *, status: int = 200) -> Response:
    """Answer with an FFWS document."""
    return Response(content, status_code=status, media_type=XML)


def accepted() -> Response:
    """Answer 202. The guide's samples show no body; that there is a plain one is inferred."""
    return document(write_message("Success"), status=202)


def pdf(content: bytes) -> Response:
    """Answer with a PDF."""
    return Response(content, media_type="application/pdf")


def refusal(no: Refused) -> Response:
    """Answer with a refusal, in the form of the one that was captured from a real unit."""
    answer = document(write_message(no.message), status=no.status)
    if no.status == 401:
        answer.headers.update(CHALLENGE)
    return answer
