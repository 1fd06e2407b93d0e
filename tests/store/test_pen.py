"""People write before loops, these before chores; nobody is passed over for ever; who gives up hands the pen on."""

import asyncio
from collections.abc import Awaitable, Callable

from ffgateway.store.pen import PASSED_OVER, Pen, Rank, take_rank


class Queue:
    """Writers who come one after the other while somebody holds the pen, and the order they write in."""

    def __init__(self) -> None:
        self.pen = Pen()
        self.wrote: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, rank: Rank = Rank.PERSON) -> None:
        async def write() -> None:
            take_rank(rank)
            async with self.pen.held():
                self.wrote.append(name)

        self.tasks[name] = asyncio.create_task(write())
        await asyncio.sleep(0)  # it has asked

    async def while_held(self, coming: Callable[[], Awaitable[None]]) -> list[str]:
        async with self.pen.held():
            await coming()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        return self.wrote


async def test_people_write_before_loops_before_chores_and_equals_in_the_order_they_came() -> None:
    queue = Queue()

    async def coming() -> None:
        await queue.come("chore", Rank.CHORE)
        await queue.come("loop", Rank.LOOP)
        await queue.come("loop too", Rank.LOOP)
        await queue.come("ann")
        await queue.come("bob")

    assert await queue.while_held(coming) == ["ann", "bob", "loop", "loop too", "chore"]


async def test_a_loop_is_not_passed_over_for_ever() -> None:
    queue = Queue()
    people = [f"person {number}" for number in range(PASSED_OVER + 2)]

    async def coming() -> None:
        await queue.come("loop", Rank.LOOP)
        for name in people:
            await queue.come(name)

    wrote = await queue.while_held(coming)
    assert wrote == [*people[:PASSED_OVER], "loop", *people[PASSED_OVER:]]


async def test_who_gives_up_stands_in_nobodys_way() -> None:
    queue = Queue()

    async def coming() -> None:
        for name in ("ann", "bob", "eve"):
            await queue.come(name)
        queue.tasks["ann"].cancel()  # in the queue

    async with queue.pen.held():
        await coming()
    queue.tasks["bob"].cancel()  # the pen is bob's already, who does not know yet
    await asyncio.gather(*queue.tasks.values(), return_exceptions=True)
    assert queue.wrote == ["eve"]
    await queue.come("later")
    await queue.tasks["later"]
    assert queue.wrote == ["eve", "later"]
