"""What every resolver is given: the services, and who is asking."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from ffgateway.domain.access import Caller, Principal
from ffgateway.domain.devices import Device
from ffgateway.domain.errors import Forbidden, NotFound, Unauthenticated
from ffgateway.domain.idempotency import Claim
from ffgateway.domain.quotas import Standing
from ffgateway.graphql.documents import Documents
from ffgateway.services.gateway import Gateway


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
        # nothing is cached: a WebSocket's context may live for days
        self.devices: DataLoader[str, Device | None] = DataLoader(self._devices, cache=False)

    async def caller(self) -> Caller:
        """Who asks. Raises `Unauthenticated`.

        Looked up anew for each operation on a lasting connection, so that a revoked key ends there
        at once as well.
        """
        if self._principal is None or self._lasting:
            self._principal = await self.gateway.keys.authenticate(bearer(self._given()))
        return Caller(
            principal=self._principal,
            request_id=self.request_id,
            address=self._address,
            patience=self._patience,
            claim=self.claim,
        )

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
