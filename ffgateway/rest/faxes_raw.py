"""A fax whose body is the document itself; its settings are in the query."""

from starlette.datastructures import QueryParams

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.faxes import Document
from ffgateway.rest.bodies import LARGEST_FAX
from ffgateway.rest.fax_bodies import FaxSettings, RecipientBody, SendQuery
from ffgateway.rest.operations import Asked
from ffgateway.rest.problems import InvalidFields
from ffgateway.rest.reading import (
    blocks,
    fax_too_large,
)
from ffgateway.services.documents import ACCEPTED
from ffgateway.services.gateway import Gateway

KINDS = frozenset(ACCEPTED)
"""The media types of such a body: those of documents."""


async def read(gateway: Gateway, asked: Asked) -> tuple[FaxSettings, tuple[Document, ...]]:
    """Read the settings, then stream the body into the spool."""
    query = asked.query_as(SendQuery)
    settings = _settings(query)
    document = await gateway.documents.keep(
        asked.caller,
        name=query.name,
        content_type=asked.request.headers["content-type"],
        chunks=blocks(asked.request, limit=LARGEST_FAX, too_large=fax_too_large("body")),
        field="body",
    )
    return settings, (document,)


def _settings(query: SendQuery) -> FaxSettings:
    if query.to and query.recipients:
        _refuse("to", "Numbers come in `to` or in `recipients`, not in both.")
    if not query.to and not query.recipients:
        _refuse("to", "A document as the body needs the numbers in the query.")
    recipients = query.recipients or [RecipientBody(fax_number=number) for number in query.to]
    given = query.model_dump(exclude={"to", "name", "recipients"}, exclude_unset=True)
    rest = {name: getattr(query, name) for name in given}
    return FaxSettings.model_construct(recipients=list(recipients), **rest)  # all checked


def no_query(params: QueryParams) -> None:
    """Raise for settings in the query of a body that has settings of its own."""
    for name in params:
        _refuse(name, "Settings are in the query only where the body is the document itself.")


def _refuse(field: str, message: str) -> None:
    raise InvalidFields(InvalidRequest, ((field, message),))
