"""Who gets into the demo: those with its link, and no page of another origin."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import signal
from typing import Any, Final

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext
import pytest
from yarl import URL

from demo.access import tokens_of
from demo.browser import run_browser
from demo.config_dir import Kind, configuration, prepare
from demo.options import DemoError
from demo.user import User

from .test_demo import Demo, ready

pytestmark = pytest.mark.usefixtures("socket_enabled")

_LOGIN: Final = """\
  auth_providers:
    # Every user of this machine is the owner.
    - type: trusted_networks
      trusted_networks:
        - 127.0.0.0/8
        - "::1/128"
      allow_bypass_login: true
"""

# Everything that a page can try without knowing the link, and what it has got by it.
_FOREIGN_PAGE: Final = """\
<!doctype html><title>foreign</title><script>
const home = "HOME", simulator = "SIMULATOR", got = {};
const call = JSON.stringify({to: "101", from: "+16505550123"});
const simple = {method: "POST", mode: "no-cors", body: call};
const login = JSON.stringify({
  client_id: location.origin + "/", redirect_uri: location.origin + "/",
  handler: ["trusted_networks", null],
});
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, options);
    got[name] = {type: answer.type, status: answer.status, text: await answer.text()};
  } catch (error) { got[name] = null; }
}
(async () => {
  await attempt("page", home + "/local/");
  await attempt("login", home + "/auth/login_flow", {method: "POST", body: login});
  await attempt("simple login", home + "/auth/login_flow",
    {method: "POST", mode: "no-cors", body: login});
  await attempt("json", simulator + "/simulator/calls", {...simple, mode: "cors",
    headers: {"Content-Type": "application/json"}});
  await attempt("text", simulator + "/simulator/calls", simple);
  await attempt("form", simulator + "/simulator/calls", {...simple,
    headers: {"Content-Type": "application/x-www-form-urlencoded"}});
  await attempt("description", simulator + "/simulator");
  await attempt("form without body", simulator + "/simulator/calls/s-1/end",
    {method: "POST", mode: "no-cors"});
  window.got = got;
})();
</script>
"""


@asynccontextmanager
async def _foreign_site(demo: Demo) -> AsyncGenerator[URL]:
    """Serve a page on another port of this machine."""
    page = _FOREIGN_PAGE.replace("HOME", str(_home(demo)))
    page = page.replace("SIMULATOR", demo.addresses["Simulator"])

    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", show)
    async with TestServer(app) as server:
        yield server.make_url("/")


def _link(demo: Demo) -> str:
    return demo.addresses["Home Assistant"]


def _home(demo: Demo) -> URL:
    return URL(_link(demo)).origin()


async def test_link_leads_to_the_dashboard_and_a_foreign_page_nowhere(
    browser_path: str,
) -> None:
    """In a browser: no click, also after a reload and in a second browser."""
    async with ready("--scenario", "quiet", "--extensions", "1") as demo:
        async with run_browser(browser_path) as chromium:
            browser = await chromium.new_context()
            page = await browser.new_page()
            await page.goto(_link(demo))
            await page.wait_for_url(f"{_home(demo)}/ringcentral-demo/**")
            await page.locator("ringcentral-switchboard .row").first.wait_for()
            await page.reload()
            await page.locator("ringcentral-switchboard .row").first.wait_for()

            async with _foreign_site(demo) as address:
                await _try_everything(browser, demo, address)

        async with run_browser(browser_path) as chromium:
            page = await chromium.new_page()
            await page.goto(f"{_link(demo)}#/config/info")
            await page.wait_for_url(f"{_home(demo)}/config/info")
            await page.locator("ha-config-info").wait_for()
        exit_code, _ = await demo.stop(signal.SIGTERM)
    assert exit_code == 0


async def _try_everything(browser: BrowserContext, demo: Demo, address: URL) -> None:
    """Open a foreign page in the browser that is signed in; check what it gets."""
    page = await browser.new_page()
    await page.goto(str(address))
    await page.wait_for_function("window.got")
    got: dict[str, Any] = await page.evaluate("window.got")
    readable = {name for name, answer in got.items() if answer and answer["text"]}
    assert readable == set()
    async with (
        ClientSession(demo.addresses["Simulator"]) as session,
        session.get("/simulator/extensions/101") as answer,
    ):
        assert (await answer.json())["telephonyStatus"] == "NoCall"

    # Home Assistant's page for a login of other sites sends no code without a login.
    authorize = (_home(demo) / "auth/authorize").with_query(
        response_type="code", client_id=str(address), redirect_uri=str(address)
    )
    await page.goto(str(authorize))
    await page.locator("ha-authorize").wait_for()
    await page.wait_for_load_state("networkidle")
    assert URL(page.url).origin() == _home(demo)


async def test_nobody_signs_in_without_the_link() -> None:
    """Neither without a secret, nor with one of an earlier start, nor after a logout."""
    async with ready("--real") as demo:
        home = _home(demo)
        async with ClientSession(home) as session:
            login = {"client_id": f"{home}/", "redirect_uri": f"{home}/"}
            for handler in (["trusted_networks", None], ["homeassistant", None]):
                async with session.post(
                    "/auth/login_flow", json={**login, "handler": handler}
                ) as answer:
                    assert "create_entry" not in await answer.text()
            async with session.get("/auth/providers", params=login) as answer:
                providers = (await answer.json())["providers"]
                assert {one["type"] for one in providers} == {"homeassistant"}
            for guess in ("/local/", "/local/ringcentral-demo/", f"{_link(demo)[:-6]}"):
                async with session.get(home.join(URL(guess))) as answer:
                    assert answer.status in (403, 404)
            async with session.get(_link(demo)) as answer:
                tokens = tokens_of(await answer.text())
            await session.post("/auth/revoke", data={"token": tokens["refresh_token"]})
        with pytest.raises(DemoError, match="start the demo again"):
            async with User.signed_in(_link(demo)):
                pass


def test_each_start_has_a_link_and_a_token_of_its_own(tmp_path: Path) -> None:
    """Those of earlier starts are gone; other tokens and files stay."""
    first = _prepare(tmp_path)
    auth = tmp_path / ".storage" / "auth"
    stored = json.loads(auth.read_text())
    own = {**stored["data"]["refresh_tokens"][0], "id": "own", "token": "own"}
    stored["data"]["refresh_tokens"].append(own)
    auth.write_text(json.dumps(stored))
    (tmp_path / "www" / "own.png").touch()

    second = _prepare(tmp_path)

    assert first != second
    [page] = (tmp_path / "www" / "ringcentral-demo").iterdir()
    assert second == f"http://127.0.0.1:8123/local/ringcentral-demo/{page.name}"
    assert len(page.stem) >= 43
    tokens = {
        one["token"] for one in json.loads(auth.read_text())["data"]["refresh_tokens"]
    }
    assert tokens == {"own", tokens_of(page.read_text())["refresh_token"]}
    assert (tmp_path / "www" / "own.png").exists()


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """A folder that is kept may be in one that others can read."""
    _prepare(tmp_path)
    [page] = (tmp_path / "www" / "ringcentral-demo").iterdir()
    for path in (page, tmp_path / ".storage" / "auth"):
        assert path.stat().st_mode & 0o077 == 0
    assert page.parent.stat().st_mode & 0o077 == 0


def test_former_login_without_a_secret_is_removed(tmp_path: Path) -> None:
    """From the folder of an earlier demo."""
    _prepare(tmp_path)
    written = tmp_path / "configuration.yaml"
    text = written.read_text()
    assert "trusted_networks" not in text
    zone = "  time_zone: "
    before, after = text.split(zone)
    line, rest = after.split("\n", 1)
    written.write_text(f"{before}{zone}{line}\n{_LOGIN}{rest}# mine\n")
    _prepare(tmp_path)
    assert written.read_text() == f"{text}# mine\n"
    assert "auth_providers" not in configuration(time_zone="UTC", debug=False)


def _prepare(folder: Path) -> str:
    return prepare(folder, Kind.SIMULATED, port=8123, debug=False)
