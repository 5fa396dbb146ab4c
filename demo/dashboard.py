"""The dashboard of the demo: the board, and a button that rings a phone."""

from collections.abc import Iterable
from typing import Any, Final

from .phones import Phone
from .user import User

URL_PATH: Final = "ringcentral-demo"
_TITLE: Final = "Phones"
_ICON: Final = "mdi:phone"

type Card = dict[str, Any]

# As stored by the dialog for new dashboards.
BOARD: Final[Card] = {"strategy": {"type": "custom:ringcentral"}}


def simulated_board(server: str, phones: Iterable[Phone]) -> Card:
    """Return the board of a simulated company, with a button to call someone there."""
    ring: Card = {
        "type": "button",
        "name": "Ring a phone",
        "icon": "mdi:phone-ring",
        "tap_action": {
            "action": "perform-action",
            "perform_action": "rest_command.ring_phone",
            "data": {
                "server": server,
                "numbers": [phone.number for phone in phones if phone.number],
            },
        },
        "grid_options": {"columns": 9, "rows": 2},
    }
    section = {
        "type": "grid",
        "column_span": 4,
        "cards": [{"type": "custom:ringcentral-switchboard"}, ring],
    }
    return {
        "views": [
            {
                "type": "sections",
                "title": _TITLE,
                "path": "phones",
                "icon": _ICON,
                "max_columns": 4,
                "sections": [section],
            }
        ]
    }


async def save_dashboard(user: User, config: Card) -> None:
    """Save the dashboard and make it the default page of Home Assistant."""
    shown = await user.command("lovelace/dashboards/list")
    if not any(board["url_path"] == URL_PATH for board in shown):
        await user.command(
            "lovelace/dashboards/create",
            url_path=URL_PATH,
            title=_TITLE,
            icon=_ICON,
            mode="storage",
        )
    await user.command("lovelace/config/save", url_path=URL_PATH, config=config)
    core = await user.command("frontend/get_system_data", key="core")
    await user.command(
        "frontend/set_system_data",
        key="core",
        value={**(core["value"] or {}), "default_panel": URL_PATH},
    )
