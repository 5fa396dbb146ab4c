"""A person who signs in with a browser, over HTTP, as the frontend does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final, override
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient

from custom_components.ringcentral.const import DOMAIN
from homeassistant.components.application_credentials import (
    DATA_COMPONENT,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from simulator import Simulator

type Json = dict[str, Any]

# How the browser calls Home Assistant.
ADDRESS: Final = "http://127.0.0.1:8123"
FLOWS: Final = "/api/config/config_entries/flow"


async def add_credential(
    hass: HomeAssistant,
    client_id: str,
    client_secret: str,
    name: str = "Home Assistant",
) -> str:
    """Enter an app under Application credentials; return what entries call it."""
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(client_id, client_secret, name), f"app_{name}"
    )
    return f"app_{name}"


async def enter_app(hass: HomeAssistant, client_id: str, client_secret: str) -> str:
    """Enter an app as the dialog does; return what entries call it."""
    item = await hass.data[DATA_COMPONENT].async_create_item(
        {
            "domain": DOMAIN,
            "client_id": client_id,
            "client_secret": client_secret,
            "name": "Home Assistant",
        }
    )
    return str(item["id"])


class _Form(HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the value of a hidden field."""
        values = dict(attrs)
        if tag == "input" and values["type"] == "hidden":
            self.fields[str(values["name"])] = str(values["value"])


@dataclass(frozen=True)
class Visitor:
    """A user of the frontend and of RingCentral's page.

    Attributes:
        frontend: signed in to Home Assistant.
        browser: as RingCentral's redirect arrives, without a sign-in.

    """

    simulator: Simulator
    frontend: TestClient[Any, Any]
    browser: TestClient[Any, Any]

    async def post(self, path: str, data: Mapping[str, Any]) -> Json:
        """Post to Home Assistant."""
        async with self.frontend.post(
            path, json=data, headers={"HA-Frontend-Base": ADDRESS}
        ) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def start(self, method: str = "browser") -> Json:
        """Add the integration, and select an authentication method."""
        menu = await self.post(FLOWS, {"handler": DOMAIN})
        return await self.choose(menu, method)

    async def reconfigure(self, entry_id: str, method: str) -> Json:
        """Reconfigure an entry with an authentication method."""
        menu = await self.post(FLOWS, {"handler": DOMAIN, "entry_id": entry_id})
        assert menu["step_id"] == "reconfigure"
        return await self.choose(menu, method)

    async def choose(self, menu: Mapping[str, Any], option: str) -> Json:
        """Choose from a menu."""
        assert menu["type"] == "menu"
        return await self.submit(menu, {"next_step_id": option})

    async def submit(self, step: Mapping[str, Any], data: Mapping[str, Any]) -> Json:
        """Submit a step."""
        return await self.post(f"{FLOWS}/{step['flow_id']}", data)

    async def current_step(self, flow_id: str) -> Json:
        """Return the step at which a flow is."""
        async with self.frontend.get(
            f"{FLOWS}/{flow_id}", headers={"HA-Frontend-Base": ADDRESS}
        ) as response:
            answer: Json = await response.json()
            return answer

    async def to_the_page(self, step: Mapping[str, Any], **advanced: str) -> Json:
        """Submit the form before the sign-in, and arrive at RingCentral's page."""
        assert step["step_id"] == "browser", step
        server = {"server": self.simulator.server}
        return await self.submit(step, {"advanced": server | advanced})

    async def consent(
        self,
        step: Mapping[str, Any],
        *,
        number: str | None = None,
        decision: str = "allow",
    ) -> Json:
        """Consent as a user, the first if none is named; return where that leads."""
        assert step["type"] == "external", step
        callback = await self.decide(step["url"], number=number, decision=decision)
        async with self.browser.get(callback) as response:
            assert response.status == 200
            assert "window.close()" in await response.text()
        return await self.current_step(step["flow_id"])

    async def decide(
        self, url: str, *, number: str | None = None, decision: str = "allow"
    ) -> str:
        """Fill in RingCentral's page; return the path that it sends the browser to."""
        chosen = {"decision": decision}
        if number is not None:
            chosen["owner_id"] = self.simulator.extension(number).id
        async with ClientSession() as session:
            async with session.get(url) as response:
                assert response.status == 200, await response.text()
                fields = _Form(await response.text()).fields
            async with session.post(
                f"{self.simulator.server}/restapi/oauth/authorize",
                data=fields | chosen,
                allow_redirects=False,
            ) as response:
                assert response.status == 302
                location = urlsplit(response.headers["Location"])
        # My Home Assistant sends it on to the instance.
        return f"/auth/external/callback?{location.query}"

    async def sign_in(self, **advanced: str) -> Json:
        """Add the integration, up to what to monitor."""
        page = await self.to_the_page(await self.start(), **advanced)
        return await self.consent(page)


def query_of(step: Mapping[str, Any]) -> dict[str, str]:
    """Return the query of the address of RingCentral's page."""
    return {
        key: value for key, [value] in parse_qs(urlsplit(step["url"]).query).items()
    }
