"""Nothing is done without a record of who asked; nothing is begun by someone who may not."""

from datetime import datetime

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import AuditEntry, Outcome
from ffgateway.domain.errors import Forbidden
from ffgateway.store.transaction import Store


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
        request_id=caller.request_id,
        address=caller.address,
        detail=detail,
    )


class Gate:
    """The one place that says no for want of a scope, and puts it on record."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def require(self, caller: Caller, scope: Scope, action: str, resource: str = "") -> None:
        """Let the caller pass. Raises `Forbidden`, recorded, without the scope."""
        if caller.principal.may(scope):
            return
        async with self._store.transaction() as tx:
            tx.note(
                line(
                    caller,
                    action,
                    resource,
                    at=self._clock.now(),
                    outcome=Outcome.DENIED,
                    needed=scope.value,
                )
            )
        raise Forbidden(
            f"This needs the scope {scope.value}.", cure=f"Use a key with the scope {scope.value}."
        )
