"""Receipts over HTTP and GraphQL: in the form that was asked for, and what is said before there is one."""

import httpx

from ffgateway.app import parts
from ffgateway.receipt_verify import read, verify_receipt
from ffgateway.settings import Settings
from ffgateway.surface import surface as whole
from tests.rest.conftest import client_of, surface
from tests.support.sealing import READER

FAX = {
    "recipients": [{"fax_number": "5550100"}],
    "cover_page": {"enabled": True},
    "send_at": "2099-01-01T00:00:00Z",
}


async def test_a_receipt_is_json_or_a_page_once_it_is_sealed(open_settings: Settings) -> None:
    async with parts(open_settings) as wired, client_of(surface(wired.gateway)) as client:
        await wired.sealing.begin()
        (fax,) = (await client.post("/v1/faxes", json=FAX)).json()["faxes"]
        path = f"/v1/faxes/{fax['id']}/receipt"
        early = await client.get(path)
        await client.post(f"/v1/faxes/{fax['id']}/cancel")
        waits = await client.get(path)
        await wired.sealing.seal()
        told = await client.get(path)
        pages = [
            await client.get(path, headers={"Accept": "application/pdf"}),
            await client.get(path, params={"format": "pdf"}),
        ]
        both = await client.get(path, headers={"Accept": "application/pdf, application/json"})
        odd = await client.get(path, params={"format": "xml"})
        nobody = await client.get(f"/v1/faxes/fax_{'0' * 26}/receipt")
        keys = [key.verifier for key in await wired.gateway.proving.keys(READER)]
    assert (early.status_code, early.json()["code"]) == (409, "fax-open")
    assert (waits.status_code, waits.json()["code"]) == (409, "not-sealed")
    assert waits.headers["retry-after"] == "10"
    assert verify_receipt(told.json(), keys) == []
    assert both.content == told.content
    assert pages[0].content == pages[1].content
    assert pages[0].headers["content-type"] == "application/pdf"
    assert read(pages[0].content) == told.json()
    assert (odd.status_code, nobody.status_code) == (422, 404)


async def test_graphql_has_it_too(open_settings: Settings) -> None:
    asked = '{ fax(id: "ID") { receipt receiptUrl } document(sha256: "00") { present } }'
    async with parts(open_settings) as wired, client_of(surface(wired.gateway)) as client:
        await wired.sealing.begin()
        (fax,) = (await client.post("/v1/faxes", json=FAX)).json()["faxes"]
        body = {"query": asked.replace("ID", fax["id"])}
        transport = httpx.ASGITransport(app=whole(wired.gateway, open_settings))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://gateway", headers=dict(client.headers)
        ) as http:
            early = (await http.post("/graphql", json=body)).json()["data"]
            await client.post(f"/v1/faxes/{fax['id']}/cancel")
            await wired.sealing.seal()
            told = (await http.post("/graphql", json=body)).json()["data"]
        over_rest = (await client.get(f"/v1/faxes/{fax['id']}/receipt")).json()
        page = await client.get(told["fax"]["receiptUrl"])
    assert early == {"fax": {"receipt": None, "receiptUrl": None}, "document": None}
    assert told["fax"]["receipt"] == over_rest
    assert page.headers["content-type"] == "application/pdf"


async def test_one_without_a_key_gets_none(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get(f"/v1/faxes/fax_{'0' * 26}/receipt")).status_code == 401
