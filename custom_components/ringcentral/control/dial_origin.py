"""Find the phone that rings first when a number is dialed."""

from ..api.models.telephony import ForwardingNumber
from ..calls.ringout import is_same_number
from ..const import CONF_DIAL_FROM
from ..coordinator import PresenceCoordinator
from ..exceptions import invalid_action
from .destinations import find_destination
from .models import Destination, Refusal, Target, TargetKind
from .phones import Phones


async def find_origin(
    coordinator: PresenceCoordinator, phones: Phones, number: str, wanted: str | None
) -> ForwardingNumber | str:
    """Return the phone that rings first; raise HomeAssistantError if there is none."""
    default = coordinator.config_entry.options.get(CONF_DIAL_FROM)
    origin = await phones.origin(wanted, default)
    if isinstance(origin, str):
        origin = _checked(coordinator, origin)
    if isinstance(origin, Refusal):
        raise invalid_action(origin.key)
    phone = origin if isinstance(origin, str) else origin.number
    if any(is_same_number(number, own) for own in (phone, *phones.known_numbers)):
        raise invalid_action("number_own")
    return origin


def _checked(coordinator: PresenceCoordinator, origin: str) -> str | Refusal:
    """Return a number that was typed; it is dialed, too."""
    found = find_destination(coordinator, Target(TargetKind.NUMBER, origin))
    if isinstance(found, Destination):
        return found.number
    return origin if found.key == "number_own" else found
