"""The page at the root address: what this is, and how to ring a phone."""

from html import escape
from typing import Final

from aiohttp import web

from .local_requests import is_local
from .operations import Operations

_MAX_PHONES: Final = 100
_CALLER: Final = "+16505550123"
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>RingCentral simulator</title>
<style>
  body {{ font: 1rem/1.5 system-ui; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}
  ul {{ display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none }}
  button {{ font: inherit; padding: .5rem 1rem }}
  pre {{ overflow-x: auto }}
</style>
<h1>RingCentral simulator</h1>
<p>This is a stand-in for RingCentral's platform, with an invented company of {count}
extensions. Home Assistant signs in to it as if it were RingCentral. It is for this
machine only, and no real phone rings.</p>
<h2>Ring a phone</h2>
<ul>{phones}</ul>
<p role="status" id="answer"></p>
<p>Or from a terminal:</p>
<pre><code>curl {server}/simulator/calls --json \
'{{"to": "{number}", "from": "{caller}"}}'</code></pre>
<p><a href="/simulator">Account and credentials</a> ·
<a href="/simulator/faults">Faults to try</a> ·
<a href="/simulator/log">Requests so far</a></p>
<script>
  for (const button of document.querySelectorAll("button"))
    button.onclick = async () => {{
      const answer = await fetch("/simulator/calls", {{
        method: "POST",
        headers: {{ "Content-Type": "application/json" }},
        body: JSON.stringify({{ to: button.value, from: "{caller}" }}),
      }});
      document.querySelector("#answer").textContent =
        answer.ok ? `${{button.value}} is ringing.` : (await answer.json()).error;
    }};
</script>
</html>
"""


class RootPage:
    """Handler of the root address."""

    def __init__(self, platform: Operations) -> None:
        """Initialize with the platform to show."""
        self._platform = platform

    async def handle(self, request: web.Request) -> web.Response:
        """Answer with the page."""
        if not is_local(request):
            raise web.HTTPForbidden
        users = self._platform.users
        phones = "".join(
            f'<li><button value="{escape(user.number)}">'
            f"{escape(user.name)} ({escape(user.number)})</button>"
            for user in users[:_MAX_PHONES]
        )
        page = _PAGE.format(
            count=len(users),
            phones=phones,
            server=escape(self._platform.server),
            number=escape(next((user.number for user in users), "101")),
            caller=_CALLER,
        )
        return web.Response(text=page, content_type="text/html")
