"""The demonstration's conversation with the gateway: what it asks over REST and over GraphQL."""

import base64
from pathlib import Path
from typing import Any, Final

import httpx

from ffgateway.cli.api import problem
from ffgateway.cli.output import Trouble
from ffgateway.cli.story import Part

SAMPLE: Final = Path(__file__).parent / "samples" / "referral.pdf"
PDF: Final = "application/pdf"
SEND: Final = """
mutation ($input: SendFaxInput!) {
  sendFax(input: $input) { faxes { id } userErrors { message } }
}
"""


class Talking:
    """A client of the gateway under demonstration."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """Ask over REST; return the JSON of the answer. Raises `Trouble` for anything but success."""
        try:
            answer = await self._client.request(method, path, **request)
        except httpx.TransportError as gone:
            raise Trouble(f"{method} {path}: {gone or type(gone).__name__}") from gone
        if not answer.is_success:
            raise Trouble(f"{method} {path}: {problem(answer)}")
        return answer.json() if answer.content else None

    async def register(self, *, name: str, model: str, url: str, zone: str) -> str:
        """Register an appliance, have it looked at, and return its id."""
        device = await self.ask(
            "POST",
            "/v1/devices",
            json={
                "name": name,
                "url": url,
                "username": "admin",
                "password": "admin",
                "model": model,
                "zone": zone,
                "poll_busy_seconds": 0.1,
                "poll_idle_seconds": 1.0,
            },
        )
        await self.ask("POST", f"/v1/devices/{device['id']}/check")
        return str(device["id"])

    async def send(self, part: Part) -> str:
        """Send one fax of the story in its way; return the fax's id."""
        return await (self._over_rest(part) if part.way == "REST" else self._over_graphql(part))

    async def _over_rest(self, part: Part) -> str:
        sent = await self.ask(
            "POST",
            "/v1/faxes",
            data={
                "to": part.number,
                "client_reference": part.reference,
                "max_tries": str(part.max_tries),
                "try_interval": str(part.try_interval),
            },
            files=[("documents", (SAMPLE.name, SAMPLE.read_bytes(), PDF))],
        )
        return str(sent["faxes"][0]["id"])

    async def _over_graphql(self, part: Part) -> str:
        content = base64.b64encode(SAMPLE.read_bytes()).decode()
        given = {
            "recipients": [{"faxNumber": part.number}],
            "documents": [{"name": SAMPLE.name, "contentType": PDF, "content": content}],
            "clientReference": part.reference,
            "maxTries": part.max_tries,
            "tryInterval": part.try_interval,
        }
        answer = await self.ask(
            "POST", "/graphql", json={"query": SEND, "variables": {"input": given}}
        )
        sent = (answer.get("data") or {}).get("sendFax")
        if answer.get("errors") or not sent or sent["userErrors"]:
            raise Trouble(f"sendFax: {answer}")
        return str(sent["faxes"][0]["id"])

    async def cancel(self, fax_id: str) -> None:
        """Call a fax off."""
        await self.ask("POST", f"/v1/faxes/{fax_id}/cancel")

    async def audit_lines(self) -> int:
        """Count the lines of the audit log."""
        count, cursor = 0, None
        while True:
            params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
            page = await self.ask("GET", "/v1/audit", params=params)
            count += len(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return count


async def tallies(addresses: list[str]) -> dict[str, dict[str, int]]:
    """Ask every simulated appliance how often each number was accepted, dialled and received."""
    total: dict[str, dict[str, int]] = {}
    async with httpx.AsyncClient(trust_env=False) as client:
        appliances = Talking(client)
        for address in addresses:
            state = await appliances.ask("GET", f"{address}/_control/state")
            for number, counts in state["numbers"].items():
                known = total.setdefault(digits(number), {})
                for what, count in counts.items():
                    known[what] = known.get(what, 0) + count
    return total


def digits(number: str) -> str:
    """What is dialled of a number: appliances are given it as it was written."""
    return "".join(filter(str.isdigit, number))
