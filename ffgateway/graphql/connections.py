"""Lists as Relay's cursor connections, forwards only."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

import strawberry

from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.pages import DEFAULT_LIMIT, MAX_LIMIT, Page, offset_cursor, write_cursor

After = Annotated[str | None, strawberry.argument(description="`endCursor` of the page before.")]
First = Annotated[int, strawberry.argument(description="Items on the page, 1 to 100.")]

Node = TypeVar("Node")
Noun = TypeVar("Noun")

__all__ = [
    "DEFAULT_LIMIT",
    "After",
    "Connection",
    "Edge",
    "First",
    "PageInfo",
    "connection",
    "counted",
    "limit",
    "paged",
]


@strawberry.type(description="Where a page begins and ends.")
class PageInfo:
    """As in Relay's specification."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="An item and its place in the list.")
class Edge(Generic[Node]):
    """One item."""

    cursor: str
    node: Node


@strawberry.type(description="A page of a list. Pass `pageInfo.endCursor` as `after` for the next.")
class Connection(Generic[Node]):
    """A page."""

    edges: list[Edge[Node]]
    nodes: list[Node]
    page_info: PageInfo


def limit(first: int) -> int:
    """Check the size of a page. Raises `InvalidRequest`."""
    if not 1 <= first <= MAX_LIMIT:
        raise InvalidRequest(
            f"A page has 1 to {MAX_LIMIT} items.", field="first", cure="Ask for fewer at a time."
        )
    return first


def connection(
    edges: list[Edge[Node]], *, more: bool, after: str | None, reached: str | None = None
) -> Connection[Node]:
    """Put edges into a page. `reached` is where to go on when there are none, and more may come."""
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            has_next_page=more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else reached,
        ),
    )


def paged(
    page: Page[Noun],
    shown: Callable[[Noun], Node],
    *,
    key: Callable[[Noun], object],
    after: str | None,
) -> Connection[Node]:
    """A page of nouns as a connection. `key` is what the list is sorted by."""
    items: Sequence[Noun] = page.items
    edges = [Edge(cursor=write_cursor(str(key(one))), node=shown(one)) for one in items]
    return connection(edges, more=page.next is not None, after=after)


def counted(
    page: Page[Noun], shown: Callable[[Noun], Node], *, offset: int, after: str | None
) -> Connection[Node]:
    """A page of a list that counts by offset, as a connection; `page` begins at `offset`."""
    edges = [
        Edge(cursor=offset_cursor(offset + index), node=shown(one))
        for index, one in enumerate(page.items, start=1)
    ]
    return connection(edges, more=page.next is not None, after=after)
