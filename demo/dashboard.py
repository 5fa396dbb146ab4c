"""The dashboard of the demo: the board, groups, counts, and a button that rings a phone."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from .groups import Counted
from .phones import Phone
from .user import User

URL_PATH: Final = "ringcentral-demo"
_TITLE: Final = "Phones"
_ICON: Final = "mdi:phone"

_CARD: Final = "custom:ringcentral-switchboard"

type Card = dict[str, Any]

# Keys of the account and of groups, as far as each has them.
_WITH_NAMES: Final = (
    "people_free",
    "people_ringing",
    "people_on_the_phone",
    "members_logged_in",
)
_YES_OR_NO: Final = ("anyone_on_the_phone", "anyone_ringing", "nobody_takes_calls")
_TODAY: Final = (
    "incoming_today",
    "outgoing_today",
    "answered_today",
    "missed_today",
    "talk_time_today",
    "longest_wait_today",
)
# Without that of the device.
_NAME: Final = {"type": "entity"}
_CALLS: Final = """\
{% for call in state_attr('SENSOR', 'active_calls') or [] -%}
- {{ call.from_name or call.from or 'Unknown caller' }} → {{ call.to_name or call.to }}
{% else -%}
No calls
{% endfor %}"""

# As stored by the dialog for new dashboards.
BOARD: Final[Card] = {"strategy": {"type": "custom:ringcentral"}}


def simulated_board(
    server: str, phones: Iterable[Phone], counted: Collection[Counted]
) -> Card:
    """Return the board of a simulated company, its groups, and a button to call someone."""
    groups = [one.device_id for one in counted if one.is_group]
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
        "column_span": 2,
        # With a line of counts for each group.
        "cards": [{"type": _CARD, "groups": ["everyone", *groups]}, ring],
    }
    return _view([section, *map(counts_section, counted)])


def groups_board(counted: Iterable[Counted]) -> Card:
    """Return what groups count, below the board of their members."""
    groups = [one for one in counted if one.is_group]
    board = {
        "type": "grid",
        "column_span": len(groups),
        "cards": [{"type": _CARD, "groups": [one.device_id for one in groups]}],
    }
    sections = [counts_section(one, with_statistics=False) for one in groups]
    return _view([board, *sections], columns=len(groups))


def _view(sections: list[Card], columns: int = 3) -> Card:
    view = {
        "type": "sections",
        "title": _TITLE,
        "path": "phones",
        "icon": _ICON,
        "max_columns": columns,
        "sections": sections,
    }
    return {"views": [view]}


def counts_section(counted: Counted, *, with_statistics: bool = True) -> Card:
    """Return who is free, ringing or on the phone, and the counts of today."""
    entities = counted.entities
    now: list[Card] = [
        {
            "type": "tile",
            "entity": entities[key],
            "name": _NAME,
            "state_content": ["state", "people"],
            "grid_options": {"columns": "full"},
        }
        for key in _WITH_NAMES
        if key in entities
    ]
    answers = _list(entities[key] for key in _YES_OR_NO if key in entities)
    calls: Card = {
        "type": "markdown",
        "content": _CALLS.replace("SENSOR", entities["current_calls"]),
    }
    graph: Card = {
        "type": "statistics-graph",
        "chart_type": "bar",
        "period": "5minute",
        "days_to_show": 1,
        "stat_types": ["change"],
        "entities": [
            {"entity": entities["incoming_today"], "name": "Incoming"},
            {"entity": entities["missed_today"], "name": "Missed"},
        ],
    }
    return {
        "type": "grid",
        "cards": [
            {
                "type": "heading",
                "heading": counted.name if counted.is_group else "Everyone",
            },
            *now,
            answers if counted.is_group else calls,
            _list(entities[key] for key in _TODAY),
            *([graph] if with_statistics else []),
        ],
    }


def _list(entity_ids: Iterable[str]) -> Card:
    rows = [{"entity": entity_id, "name": _NAME} for entity_id in entity_ids]
    return {"type": "entities", "entities": rows}


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
