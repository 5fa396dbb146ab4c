"""Access to the demo's Home Assistant: a token of the owner, handed over in a link.

The link signs in. A page of another origin can neither guess the link nor
read what it leads to.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from secrets import token_hex, token_urlsafe
from shutil import rmtree
from typing import Any, Final

OWNER: Final = "c0ffee00000040008000000000000001"
_TOKEN_ID: Final = "c0ffee00000040008000000000000002"

# Home Assistant serves the folder `www` as `/local`, without a sign-in.
_FOLDER: Final = Path("www") / "ringcentral-demo"

# Does what the frontend does after a login. The address may go on with "#" and the path of
# another page than the dashboard.
_PAGE: Final = """\
<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>RingCentral demo</title>
<script>
  const tokens = TOKENS;
  localStorage.hassTokens = JSON.stringify({...tokens, hassUrl: location.origin});
  const path = decodeURI(location.hash.slice(1));
  location.replace(location.origin + (path.startsWith("/") ? path : "/"));
</script>
"""
_TOKENS: Final = re.compile(r"const tokens = (\{.*\});")


def hand_over(folder: Path, address: str) -> str:
    """Replace the token of an earlier start in a configuration; return the new link."""
    token, secret = token_hex(64), token_urlsafe(32)
    _store(folder / ".storage" / "auth", _refresh_token(token, f"{address}/"))
    rmtree(folder / _FOLDER, ignore_errors=True)
    (folder / _FOLDER).mkdir(mode=0o700, parents=True)
    tokens = {
        "access_token": "",
        "clientId": f"{address}/",
        # The frontend requests an access token at once.
        "expires": 0,
        "expires_in": 0,
        "refresh_token": token,
        "token_type": "Bearer",
    }
    page = folder / _FOLDER / f"{secret}.html"
    page.touch(mode=0o600)
    page.write_text(_PAGE.replace("TOKENS", json.dumps(tokens)), encoding="utf-8")
    return f"{address}/local/{_FOLDER.name}/{page.name}"


def tokens_of(page: str) -> Mapping[str, Any]:
    """Return the tokens that the page of a link stores in the browser."""
    found = _TOKENS.search(page)
    tokens: Mapping[str, Any] = json.loads(found[1]) if found else {}
    return tokens


def _store(path: Path, token: Mapping[str, object]) -> None:
    stored = json.loads(path.read_text(encoding="utf-8"))
    # Home Assistant itself complains about anything else.
    if isinstance(data := stored.get("data"), dict):
        others = [one for one in data["refresh_tokens"] if one["id"] != _TOKEN_ID]
        data["refresh_tokens"] = [*others, token]
        path.write_text(json.dumps(stored, indent=2), encoding="utf-8")


def _refresh_token(token: str, client_id: str) -> Mapping[str, object]:
    return {
        "id": _TOKEN_ID,
        "user_id": OWNER,
        "client_id": client_id,
        "client_name": None,
        "client_icon": None,
        "token_type": "normal",
        "created_at": datetime.now(UTC).isoformat(),
        "access_token_expiration": 1800.0,
        "token": token,
        "jwt_key": token_hex(64),
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": None,
    }
