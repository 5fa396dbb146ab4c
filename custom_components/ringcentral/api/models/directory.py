"""Account, extensions, monitored lines and favorites."""

from typing import Final, NamedTuple

from ..anomalies import Anomalies
from .base import JsonObject, Model, PathId, Text, TextId, convert, records


class Named(Model, frozen=True):
    """A brand, a site, or a reference to an extension."""

    id: PathId | None = None
    name: Text | None = None


class ServiceInfo(Model, frozen=True):
    """Service information of an account."""

    brand: Named | None = None


class AccountResource(Model, frozen=True):
    """An account as REST sends it."""

    id: PathId
    service_info: ServiceInfo | None = None


class Contact(Model, frozen=True):
    """The part of an extension that contains its company and department."""

    company: Text | None = None
    department: Text | None = None


class ExtensionResource(Model, frozen=True):
    """An extension as REST sends it."""

    id: PathId
    extension_number: TextId | None = None
    name: Text | None = None
    type: Text | None = None
    status: Text | None = None
    hidden: bool = False
    contact: Contact | None = None
    site: Named | None = None


class ExtensionReference(Model, frozen=True):
    """A monitored line, a favorite, or a presence: what names its extension."""

    extension: Named | None = None
    extension_id: PathId | None = None


class Account(NamedTuple):
    """The company's account."""

    id: str
    brand: str | None


def parse_account(json: JsonObject, anomalies: Anomalies) -> Account:
    """Parse an account; raise ParseError if it has no id."""
    account = convert(AccountResource, json, anomalies)
    brand = (account.service_info or ServiceInfo()).brand or Named()
    return Account(str(account.id), brand.name)


class Extension(NamedTuple):
    """An entry of the company's extension list."""

    id: str
    number: str | None
    name: str | None
    type: str | None
    status: str | None
    hidden: bool
    department: str | None
    site: str | None
    site_id: str | None = None
    company: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether it has presence of its own: queues and the like have none."""
        return self.type in _PERSONAL_TYPES

    @property
    def has_calls(self) -> bool:
        """Whether calls are shown at it; an unknown type may have a phone."""
        return self.type not in _TYPES_WITHOUT_CALLS

    @property
    def can_be_monitored(self) -> bool:
        """Whether the user can select it."""
        return self.is_person and self.status in _MONITORED_STATES and not self.hidden


_PERSONAL_TYPES: Final = frozenset(
    {"User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited"}
)
# They pass calls on, take messages, or are not for calls.
_TYPES_WITHOUT_CALLS: Final = frozenset(
    {
        "Announcement",
        "ApplicationExtension",
        "Bot",
        "Department",
        "FaxUser",
        "IvrMenu",
        "PagingOnly",
        "ProxyAdmin",
        "Site",
        "Voicemail",
    }
)
# Extensions that are not activated yet send events since version 1.0.42 of the API.
_MONITORED_STATES: Final = frozenset({"Enabled", "NotActivated"})


def parse_extension(json: JsonObject, anomalies: Anomalies) -> Extension:
    """Parse an extension; raise ParseError if it has no id."""
    extension = convert(ExtensionResource, json, anomalies)
    contact, site = extension.contact or Contact(), extension.site or Named()
    return Extension(
        id=str(extension.id),
        number=extension.extension_number or None,
        name=_stripped(extension.name),
        type=extension.type,
        status=extension.status,
        hidden=extension.hidden,
        department=_stripped(contact.department),
        site=_stripped(site.name),
        site_id=None if site.id is None else str(site.id),
        company=_stripped(contact.company),
    )


def _stripped(name: str | None) -> str | None:
    return (name or "").strip() or None


def parse_extension_ids(json: JsonObject, anomalies: Anomalies) -> list[str]:
    """Return the extensions of a list of lines or favorites, each once, in its order."""
    # Personal contacts among the favorites are no extensions.
    ids = []
    for record in records(json, anomalies):
        reference = convert(ExtensionReference, record, anomalies)
        ids += [reference.extension_id, (reference.extension or Named()).id]
    return list(dict.fromkeys(str(i) for i in ids if i is not None))
