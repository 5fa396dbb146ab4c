"""Account, extensions, monitored lines and favorites, each with its parser."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from ..anomalies import Anomalies
from .base import Fields, JsonObject, ParseError, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The company's account."""

    id: str
    brand: str | None


def parse_account(json: JsonObject, anomalies: Anomalies) -> Account:
    """Parse an account.

    Raises:
        ParseError: it has no id.

    """
    fields = Fields(json, anomalies, "account.")
    if (account_id := fields.identifier("id")) is None:
        raise ParseError("account without id")
    service = Fields(fields.object("serviceInfo") or {}, anomalies, "serviceInfo.")
    return Account(
        id=account_id,
        brand=Fields(service.object("brand") or {}, anomalies, "brand.").text("name"),
    )


class Extension(NamedTuple):
    """An entry of the company's extension list.

    A named tuple: lists of thousands are compared whole.

    Attributes:
        department: by its name, which is all that a department has.
        site: its name; None in a company without sites.

    """

    id: str
    number: str | None
    name: str | None
    type: str | None
    status: str | None
    hidden: bool
    department: str | None
    site: str | None
    site_id: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether it has presence of its own: queues and the like have none."""
        return self.type in _PERSONAL_TYPES

    @property
    def can_be_monitored(self) -> bool:
        """Whether it belongs among those to choose from."""
        return self.is_person and self.status in _MONITORED_STATES and not self.hidden


_PERSONAL_TYPES: Final = frozenset(
    {"User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited"}
)
# Extensions that nobody has activated yet send events since version 1.0.42 of the API.
_MONITORED_STATES: Final = frozenset({"Enabled", "NotActivated"})


def parse_extension(json: JsonObject, anomalies: Anomalies) -> Extension:
    """Parse an extension.

    Raises:
        ParseError: it has no id.

    """
    fields = Fields(json, anomalies, "extension.")
    if (extension_id := fields.identifier("id")) is None:
        raise ParseError("extension without id")
    contact = Fields(fields.object("contact") or {}, anomalies, "contact.")
    site = Fields(fields.object("site") or {}, anomalies, "site.")
    return Extension(
        id=extension_id,
        number=fields.identifier("extensionNumber"),
        name=fields.text("name"),
        type=fields.text("type"),
        status=fields.text("status"),
        hidden=fields.flag("hidden") or False,
        department=_name(contact.text("department")),
        site=_name(site.text("name")),
        site_id=site.identifier("id"),
    )


def _name(text: str | None) -> str | None:
    """Return a name without blanks around it, which nobody sees in a list."""
    return (text or "").strip() or None


def parse_line_extension_ids(json: JsonObject, anomalies: Anomalies) -> list[str]:
    """Return the extensions of a list of monitored lines, each once, in its order."""
    ids = (
        Fields(
            Fields(record, anomalies, "line.").object("extension") or {},
            anomalies,
            "line.extension.",
        ).identifier("id")
        for record in records(json, anomalies)
    )
    return list(dict.fromkeys(i for i in ids if i is not None))


def parse_favorite_extension_ids(json: JsonObject, anomalies: Anomalies) -> list[str]:
    """Return the extensions among the favorites; personal contacts have no presence."""
    ids = (
        Fields(record, anomalies, "favorite.").identifier("extensionId")
        for record in records(json, anomalies)
    )
    return list(dict.fromkeys(i for i in ids if i is not None))
