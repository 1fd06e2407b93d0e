"""Nothing is done without a record of who asked; nothing is begun by someone who may not."""

from datetime import datetime
from typing import Any

from ffgateway.clock import Clock
from ffgateway.domain.access import GATEWAY, Caller, Scope
from ffgateway.domain.audit import AuditEntry, Outcome
from ffgateway.domain.differing import moved_on
from ffgateway.domain.errors import Forbidden
from ffgateway.domain.faxes import Fax
from ffgateway.services.bounds import hold_to
from ffgateway.services.staying import look_again
from ffgateway.store.transaction import Store, Transaction


def line(
    caller: Caller,
    action: str,
    resource: str,
    /,
    *,
    at: datetime,
    outcome: Outcome = Outcome.DONE,
    **detail: object,
) -> AuditEntry:
    """A line for the audit log about what a caller did."""
    return AuditEntry(
        at=at,
        principal_id=caller.principal.id,
        principal_name=caller.principal.name,
        action=action,
        resource=resource,
        outcome=outcome,
        operation=caller.call.operation if caller.call else "",
        request_id=caller.request_id,
        address=caller.address,
        detail=detail,
        call=caller.call,
    )


def note_move(
    tx: Transaction, action: str, before: Fax, after: Fax, /, *, at: datetime, **detail: Any
) -> None:
    """Put on record what the gateway itself made of a fax."""
    moves = moved_on(before, after)
    tx.note(line(GATEWAY, action, before.id, at=at, changed=moves, **detail))


class Gate:
    """The one place that says no for want of a scope, and puts it on record."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def now(self) -> datetime:
        """The present moment."""
        return self._clock.now()

    async def remain(self, caller: Caller) -> None:
        """Let a caller go on who came in a while ago. Raises `Unauthenticated` as `look_again` does."""
        await look_again(self._store, caller.principal, now=self.now())

    async def require(self, caller: Caller, scope: Scope, action: str, resource: str = "") -> None:
        """Let the caller pass. Raises `Forbidden`, recorded, without the scope; else as `hold_to` and `remain`.

        The row of a call is left to its end, so that there is one however many things it asks for.
        """
        call = caller.call
        its_own = call is not None and call.enter(action, resource)
        await self.remain(caller)
        if caller.principal.may(scope):
            await hold_to(self._store, caller.principal, action, resource)
            return
        if call is not None and its_own:
            call.detail["needed"] = scope.value
        else:
            await self._note_denied(caller, scope, action, resource)
        raise Forbidden(
            f"This needs the scope {scope.value}.", cure=f"Use a key with the scope {scope.value}."
        )

    async def _note_denied(self, caller: Caller, scope: Scope, action: str, resource: str) -> None:
        denied = line(
            caller.acting(),
            action,
            resource,
            at=self._clock.now(),
            outcome=Outcome.DENIED,
            needed=scope.value,
        )
        async with self._store.transaction() as tx:
            tx.note(denied)
