"""Cursors in SQL: newest first, and the sort key of the last item leads on."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.pages import Page, read_cursor, write_cursor

Row = TypeVar("Row", bound=SQLModel)
Noun = TypeVar("Noun")


async def page_of(
    session: AsyncSession,
    row: type[Row],
    *,
    key: Any,
    noun: Callable[[Row], Noun],
    where: Sequence[ColumnElement[bool]] = (),
    cursor: str | None,
    limit: int,
    number: bool = False,
) -> Page[Noun]:
    """Read one page of `row`s by falling `key`. `number` says that the key is one, not a text."""
    query: SelectOfScalar[Row] = select(row).where(*where)
    if cursor is not None:
        query = query.where(key < _key(cursor, number=number))
    found = (await session.exec(query.order_by(key.desc()).limit(limit + 1))).all()
    shown = found[:limit]
    more = write_cursor(str(getattr(shown[-1], key.key))) if len(found) > limit else None
    return Page(items=tuple(noun(one) for one in shown), next=more)


def _key(cursor: str, *, number: bool) -> str | int:
    key = read_cursor(cursor)
    if not number:
        return key
    if not key.isdecimal() or len(key) > 18:
        raise InvalidRequest("That is not a cursor of this list.", field="cursor")
    return int(key)
