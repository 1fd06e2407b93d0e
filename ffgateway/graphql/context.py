"""What every resolver is given: the services, and who is asking."""

from collections.abc import Sequence
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from ffgateway.domain.access import Caller, Principal
from ffgateway.domain.audit import Call
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import Forbidden, NotFound, TooManyWrongKeys, Unauthenticated
from ffgateway.domain.idempotency import Claim
from ffgateway.domain.quotas import Standing
from ffgateway.graphql.documents import Documents
from ffgateway.services.gateway import Gateway

current_call: ContextVar[Call | None] = ContextVar("call")
"""The call of the root field that is being resolved."""


WHOLE = "graphql:request"


class Context:
    """One request, or one WebSocket for as long as it is open."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        authorization: str,
        request_id: str = "",
        address: str = "",
        lasting: bool = False,
        patience: timedelta | None = None,
        documents: Documents | None = None,
    ) -> None:
        self.gateway = gateway
        self.documents = documents or Documents()
        self.standing: Standing | None = None  # after the last operation that was paid for
        self.request_id = request_id
        self.connection_params: dict[str, Any] | None = None  # filled in by the library
        self._authorization = authorization
        self._address = address
        self._lasting = lasting
        self._patience = patience
        self._principal: Principal | None = None
        self.claim: Claim | None = None  # of a mutation with an Idempotency-Key
        self._whole = Call(WHOLE)
        # nothing is cached: a WebSocket's context may live for days
        self.devices: DataLoader[str, Device | None] = DataLoader(self._devices, cache=False)

    async def caller(self) -> Caller:
        """Who asks. Raises `Unauthenticated`.

        Looked up anew for each operation on a lasting connection, so that a revoked key ends there
        at once as well. A key that is none is on record.
        """
        if self._principal is None or self._lasting:
            token = bearer(self._given())
            try:
                self._principal = await self.gateway.keys.authenticate(token, address=self._address)
            except (Unauthenticated, TooManyWrongKeys):
                await self.gateway.recording.refused(
                    WHOLE, request_id=self.request_id, address=self._address
                )
                raise
        return self._as(self._principal, current_call.get(None))

    def _as(self, principal: Principal, call: Call | None) -> Caller:
        return Caller(
            principal=principal,
            request_id=self.request_id,
            address=self._address,
            patience=self._patience,
            claim=self.claim,
            call=call,
        )

    @property
    def whole(self) -> Call:
        """What comes to no root field: of a request there is one, of a WebSocket any number."""
        return Call(WHOLE) if self._lasting else self._whole

    async def refuse(self, code: str) -> None:
        """Put on record that the request as a whole came to nothing."""
        whole = self.whole
        whole.refuse(code)
        await self.end(whole)

    async def end(self, call: Call) -> None:
        """Put a call of whoever was let in on record, unless it is."""
        if self._principal is not None:
            await self.gateway.recording.end(self._as(self._principal, call))

    def _given(self) -> str:
        params = self.connection_params or {}
        named = {name.lower(): value for name, value in params.items()}
        given = named.get("authorization")
        return given if isinstance(given, str) else self._authorization

    async def _devices(self, ids: list[str]) -> Sequence[Device | BaseException | None]:
        """The devices behind a page of faxes: many faxes, few devices, each read once."""
        caller = await self.caller()
        found: dict[str, Device | None] = {}
        for device_id in dict.fromkeys(ids):
            try:
                found[device_id] = await self.gateway.devices.get(caller, device_id)
            except NotFound:
                found[device_id] = None  # retired since
            except Forbidden as denied:
                return [denied] * len(ids)  # one line in the audit log, not one for each
        return [found[device_id] for device_id in ids]


Info = strawberry.Info[Context, None]


def bearer(authorization: str) -> str:
    """The token in `Bearer …`. Raises `Unauthenticated` for anything else (RFC 6750, 2.1)."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("A key is needed.", cure="Send `Authorization: Bearer ffgw_…`.")
    return token.strip()
