"""The demonstration's receiver believes what is signed, once, in order, and nothing else."""

import json
import time
from typing import Any

import httpx

from ffgateway.cli.receiver import Receiver, receiving
from ffgateway.delivery.signing import new_secret, sign

SECRET = new_secret(bytes(range(24)))
OTHER = new_secret(bytes(24))


async def post(receiver: Receiver, event: dict[str, Any], *, secret: str = SECRET) -> int:
    body = json.dumps(event).encode()
    now = int(time.time())
    headers = {
        "webhook-id": event["id"],
        "webhook-timestamp": str(now),
        "webhook-signature": sign([secret], message_id=event["id"], timestamp=now, body=body),
    }
    async with httpx.AsyncClient() as client:
        return (await client.post(receiver.url, content=body, headers=headers)).status_code


def event(number: int) -> dict[str, Any]:
    return {"id": f"evt_{number}", "type": "fax.queued", "subject": "fax_1", "sequence": number}


async def test_what_is_genuine_is_kept_in_order_and_told() -> None:
    told: list[dict[str, Any]] = []
    async with receiving(told.append) as receiver:
        receiver.secret = SECRET
        assert [await post(receiver, event(number)) for number in (1, 2)] == [204, 204]
        assert receiver.events == {"fax_1": [event(1), event(2)]}
        assert told == [event(1), event(2)]
        await receiver.until(lambda: receiver.verified == 2)


async def test_what_comes_again_is_counted_and_not_told_again() -> None:
    told: list[dict[str, Any]] = []
    async with receiving(told.append) as receiver:
        receiver.secret = SECRET
        assert [await post(receiver, event(1)) for _ in range(2)] == [204, 204]
        assert (len(told), receiver.repeated, receiver.received) == (1, 1, 2)


async def test_what_somebody_else_signed_is_refused() -> None:
    told: list[dict[str, Any]] = []
    async with receiving(told.append) as receiver:
        assert await post(receiver, event(1)) == 400  # no secret is known yet
        receiver.secret = SECRET
        assert await post(receiver, event(2), secret=OTHER) == 400
        assert (told, receiver.received, receiver.verified) == ([], 2, 0)
