"""Fax entries on an appliance as they are now, whoever made them and whether or not they are known here.

Reading asks the appliance and keeps nothing. What is aborted here and is a fax of the gateway's
records is put down there as being cancelled, so that both tell the same story.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from ffgateway.clock import Clock
from ffgateway.devices import entries
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.differing import moved_on
from ffgateway.domain.entries import Entry, Listing
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import status_event
from ffgateway.domain.evidence import Known
from ffgateway.domain.faxes import FaxStatus, called_off
from ffgateway.domain.pages import Page, read_cursor, write_cursor
from ffgateway.services.asking import Asking
from ffgateway.services.audited import line
from ffgateway.store.transaction import Store


class Entries:
    """What appliances have in their queues, for whoever may."""

    def __init__(
        self, store: Store, asking: Asking, clock: Clock, *, changed: Callable[[str], None]
    ) -> None:
        self._store = store
        self._asking = asking
        self._clock = clock
        self._changed = changed

    async def list(
        self, caller: Caller, device_id: str, what: Listing, *, cursor: str | None, limit: int
    ) -> Known[Page[Entry]]:
        """A page of what an appliance lists now, the highest key first.

        The appliance has no pages: each of ours reads its whole list.
        """
        before = None if cursor is None else read_cursor(cursor)

        async def ask(box: Appliance) -> Known[tuple[Entry, ...]]:
            return await entries.listed(box, what)

        known = await self._asking.read(caller, Scope.FAXES_READ, "fax_entry.list", device_id, ask)
        rest = [one for one in known.value if before is None or one.key < before]
        shown = sorted(rest, key=lambda one: one.key, reverse=True)[:limit]
        more = write_cursor(shown[-1].key) if len(rest) > limit else None
        page = Page(items=await self._named(device_id, shown), next=more)
        return known.map(lambda _: page)

    async def of_fax(
        self,
        caller: Caller,
        device_id: str,
        fax_key: str,
        entry_key: str | None = None,
        *,
        modem_info: bool = False,
    ) -> Known[tuple[Entry, ...]]:
        """The entries of a FAXKEY, or the one that is asked for. Raises `NotFound`."""

        async def ask(box: Appliance) -> Known[tuple[Entry, ...]]:
            if entry_key is None:
                return await entries.of_fax(box, fax_key, modem_info=modem_info)
            return await entries.entry(box, fax_key, entry_key, modem_info=modem_info)

        known = await self._asking.read(caller, Scope.FAXES_READ, "fax_entry.get", device_id, ask)
        if not known.value:
            raise NotFound(f"The appliance shows no fax {fax_key}.", field="fax_key")
        found = await self._named(device_id, known.value)
        return known.map(lambda _: found)

    async def abort(
        self, caller: Caller, device_id: str, fax_key: str, entry_key: str | None = None
    ) -> Known[None]:
        """Ask for an entry, or with it every entry of the fax, to be aborted."""

        async def tell(box: Appliance) -> Known[None]:
            return await entries.abort(box, fax_key, entry_key)

        done = await self._asking.change(
            caller,
            Scope.FAXES_SEND,
            "fax_entry.abort",
            device_id,
            tell,
            fax_key=fax_key,
            entry_key=entry_key,
            changed={"abort_asked": {"after": True}},
        )
        async with self._store.transaction() as tx:
            now = self._clock.now()
            for fax in await tx.faxes.on_key(device_id, fax_key, entry_key, lock=True):
                stopping = fax.status is FaxStatus.CANCELLING and fax.reschedule_to is None
                if fax.finished or stopping or fax.status is FaxStatus.SUBMITTING:
                    continue
                after = called_off(fax, at=now)
                await tx.faxes.save(after)
                if after.status is not fax.status:
                    tx.tell(status_event(after, previous=fax.status, at=now))
                moves = moved_on(fax, after)
                tx.note(line(caller, "fax.cancel", fax.id, at=now, changed=moves))
        self._changed(device_id)
        return done

    async def reschedule(
        self, caller: Caller, device_id: str, fax_key: str, entry_key: str, at: datetime | None
    ) -> Known[None]:
        """Give an entry another time, or (None) have it sent now.

        An appliance sends a finished one that it still lists once more; that is another fax here.
        """

        async def tell(box: Appliance) -> Known[None]:
            return await entries.reschedule(box, fax_key, entry_key, at)

        done = await self._asking.change(
            caller,
            Scope.FAXES_SEND,
            "fax_entry.reschedule",
            device_id,
            tell,
            fax_key=fax_key,
            entry_key=entry_key,
            changed={"due": {"after": "now" if at is None else at.isoformat()}},
        )
        self._changed(device_id)
        return done

    async def _named(self, device_id: str, found: Sequence[Entry]) -> tuple[Entry, ...]:
        async with self._store.reading() as tx:
            ids = await tx.entries.ids(device_id, {one.fax_key for one in found})
        return tuple(one.known_as(ids.get((one.fax_key, one.entry_key))) for one in found)
