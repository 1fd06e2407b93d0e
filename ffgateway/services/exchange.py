"""A raw exchange with one appliance, for administrators: no function is out of reach, known or not."""

from ffgateway.devices.client import Appliance
from ffgateway.devices.exchange import body_of, exchange
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.exchange import RawAnswer, RawRequest, check_raw
from ffgateway.services.asking import Asking


class Exchange:
    """Passes requests on as they are."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    async def send(self, caller: Caller, device_id: str, request: RawRequest) -> RawAnswer:
        """Send one request, once. Any status is an answer; raises a `DeviceError` for none.

        On record are method, path, status and sizes, and never a body or a query.
        """
        check_raw(request)
        body = body_of(request)

        learnt: dict[str, object] = {}

        async def call(box: Appliance) -> RawAnswer:
            answer = await exchange(box, request, body)
            learnt.update(status=answer.status, received=answer.size)
            return answer

        return await self._asking.change(
            caller,
            Scope.ADMIN,
            "device.exchange",
            device_id,
            call,
            learnt=lambda: learnt,
            method=request.method,
            path=request.path,
            sent=len(body),
        )
