"""The pages in a real browser: they work, and do nothing that their policies forbid.

Skipped where there is no Chromium; what the policies say is tested without one as well.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ffgateway.graphql import pages
from tests.support.browser import Tab, browsing, needs_browser
from tests.support.processes import KEY, GatewayProcess, gateway_process

pytestmark = needs_browser

GRAPHIQL = all((pages.ASSETS / name).is_file() for name in pages.FETCHED)
QUERY = "query First { devices { nodes { id } } } query Second { __typename }"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    async with gateway_process(tmp_path) as running:
        yield running


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    async with browsing(tmp_path) as one:
        yield one


async def content(tab: Tab) -> None:
    assert (await tab.violations(), tab.errors) == ([], [])


async def test_pages_for_people_do_nothing_forbidden(gateway: GatewayProcess, tab: Tab) -> None:
    for path in ("/", "/docs/webhooks", "/problems/not-found"):
        await tab.open(gateway.url + path)
        assert await tab.run("document.querySelector('h1').innerText")
        await content(tab)


async def test_the_documents_are_drawn_and_opened(gateway: GatewayProcess, tab: Tab) -> None:
    await tab.open(f"{gateway.url}/docs")
    await tab.until("document.querySelector('.opblock-summary-control')")
    await tab.run("document.querySelector('.authorize').click()")
    await tab.until("document.querySelector('.modal-ux')")
    await tab.run("document.querySelector('.close-modal').click()")
    await tab.run("document.querySelector('.opblock-summary-control').click()")
    await tab.until("document.querySelector('.opblock.is-open .try-out__btn')")
    await content(tab)


@pytest.mark.skipif(GRAPHIQL, reason="GraphiQL is there in the place of the plain page")
async def test_the_plain_page_runs_a_query(gateway: GatewayProcess, tab: Tab) -> None:
    await tab.open(f"{gateway.url}/graphql")
    await tab.run(
        f"key.value = '{KEY}'; query.value = '{{ __typename }}';"
        "document.getElementById('run').click()"
    )
    assert "Query" in await tab.until("result.innerText")
    await content(tab)


@pytest.mark.skipif(not GRAPHIQL, reason="GraphiQL is not there: `make assets` fetches it")
async def test_graphiql_runs_a_query_and_opens_what_it_opens(
    gateway: GatewayProcess, tab: Tab
) -> None:
    await tab.open(f"{gateway.url}/")
    await tab.run(f"sessionStorage.setItem('ffgateway.key', '{KEY}')")
    await tab.open(f"{gateway.url}/graphql")
    editor = "document.querySelector('.graphiql-query-editor .CodeMirror')"
    await tab.until(editor)
    await tab.run(f"{editor}.CodeMirror.setValue('{QUERY}')")
    run = "document.querySelector('.graphiql-execute-button')"
    await tab.until(f"{run}.getAttribute('aria-haspopup')")  # it has seen that there are two
    press = "new PointerEvent('pointerdown', {bubbles: true, button: 0})"
    await tab.run(f"{run}.dispatchEvent({press})")
    await tab.until("document.querySelector('[role=menuitem]')")
    await tab.run("[...document.querySelectorAll('[role=menuitem]')].at(-1).click()")
    assert await tab.until("document.querySelector('.result-window').innerText.includes('Query')")
    settings = "document.querySelector('button[aria-label=\"Open settings dialog\"]')"
    await tab.run(f"{settings}.click()")
    await tab.until("document.querySelector('.graphiql-dialog')")
    await content(tab)
