"""The dashboard of the demo: every extension, its sensors and its calls.

Built of Home Assistant's own cards, so that it can be copied into any dashboard.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .phones import Phone
from .user import User

URL_PATH: Final = "ringcentral-demo"
_TITLE: Final = "Phones"
_ICON: Final = "mdi:phone"

type Card = dict[str, Any]

# A tile has one color: each sensor gets a tile per color, and shows the one that
# belongs to its state. Any other state (unknown, unavailable) takes the plain tile.
_COLORS: Final[Mapping[str, Mapping[str, str]]] = {
    "presence": {"available": "green", "busy": "red", "offline": "grey"},
    "telephony_status": {
        "no_call": "grey",
        "ringing": "orange",
        "call_connected": "red",
        "on_hold": "yellow",
        "parked_call": "blue-grey",
    },
    "dnd": {
        "take_all_calls": "green",
        "take_department_calls_only": "orange",
        "do_not_accept_department_calls": "orange",
        "do_not_accept_any_calls": "red",
    },
}

# Callers choose their names: what the card would read as Markdown, HTML or an address is
# shown as text. A dot belongs to an address if something follows it.
# One line for each call: its other party, what it does, and when it began.
# Without a call the line stays free, so that nothing moves when one comes.
_CALLS: Final = """\
{%- macro text(value) -%}
{%- for c in value | string | e -%}
{{- '&#%d;' % (c | ord) if c in '*:@[]\\\\_`{|}~'
  or c == '.' and loop.nextitem | default(' ') != ' ' else c -}}
{%- endfor -%}
{%- endmacro -%}
{%- set words = {'call_connected': 'connected', 'parked_call': 'parked'} -%}
{%- for call in state_attr('ENTITY', 'active_calls') or [] -%}
{%- set outbound = (call.direction or '') | lower == 'outbound' -%}
{%- set icon = 'account-group' if call.queue_call
  else 'phone-outgoing' if outbound else 'phone-incoming' -%}
{%- set name = call.to_name if outbound else call.from_name -%}
{%- set number = call['to'] if outbound else call['from'] -%}
{%- set status = call.telephony_status or 'unknown' -%}
{%- set began = call.start_time | as_timestamp(none) -%}
{{ '<br>' if not loop.first }}<ha-icon icon="mdi:{{ icon }}"></ha-icon> \
**{{ text(name or number or 'Unknown caller') }}** \
{{ text(number if name and number else '') }} \
· {{ words.get(status, status | replace('_', ' ')) }}\
{{ ' ' ~ began | timestamp_custom('%H:%M') if began }}
{%- else -%}
&nbsp;
{%- endfor -%}
"""


# Home Assistant accepts at most 4 MiB in one message.
_SHOWN_AT_MOST: Final = 100


def dashboard(phones: Sequence[Phone]) -> dict[str, Any]:
    """Return the dashboard as the dashboard editor saves it, limited to the first extensions."""
    return {
        "views": [
            {
                "type": "sections",
                "title": _TITLE,
                "path": "phones",
                "icon": _ICON,
                "max_columns": 4,
                "sections": [_section(phone) for phone in phones[:_SHOWN_AT_MOST]],
            }
        ]
    }


async def save_dashboard(user: User, phones: Sequence[Phone]) -> None:
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
    await user.command(
        "lovelace/config/save", url_path=URL_PATH, config=dashboard(phones)
    )
    core = await user.command("frontend/get_system_data", key="core")
    await user.command(
        "frontend/set_system_data",
        key="core",
        value={**(core["value"] or {}), "default_panel": URL_PATH},
    )


def _section(phone: Phone) -> Card:
    return {
        "type": "grid",
        "cards": [
            *_tiles(
                "telephony_status",
                phone.telephony_status,
                name={"type": "device"},
                state_content=["state", "last_changed"],
                tap_action={
                    "action": "navigate",
                    "navigation_path": f"/config/devices/device/{phone.device_id}",
                },
                grid_options={"columns": 12},
            ),
            *_tiles("presence", phone.presence),
            *_tiles("dnd", phone.dnd),
            {
                "type": "markdown",
                "text_only": True,
                "content": _CALLS.replace("ENTITY", phone.telephony_status),
                "grid_options": {"columns": 12},
            },
        ],
    }


def _tiles(sensor: str, entity_id: str | None, **options: Any) -> Iterator[Card]:
    if entity_id is None:
        return
    colors = _COLORS[sensor]
    tile: Card = {
        "type": "tile",
        "entity": entity_id,
        "name": {"type": "entity"},
        "grid_options": {"columns": 6},
        **options,
    }
    for color in dict.fromkeys(colors.values()):
        states = [state for state, its_color in colors.items() if its_color == color]
        yield {**tile, "color": color, "visibility": [_shows(entity_id, state=states)]}
    yield {**tile, "visibility": [_shows(entity_id, state_not=list(colors))]}


def _shows(entity_id: str, **states: list[str]) -> Card:
    return {"condition": "state", "entity": entity_id, **states}
