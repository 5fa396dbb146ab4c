"""Extensions of the account, with lines, favorites and queue members."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from ..base.chance import seeded
from .names import invented_names

ACCOUNT_ID = "37439510"
OWNER_ID = "297277020"
OWNER_NUMBER = 101

USER_TYPES = frozenset(
    {"User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited"}
)
GROUP_TYPES = frozenset(
    {
        "Department",
        "Announcement",
        "Voicemail",
        "FaxUser",
        "PagingOnly",
        "SharedLinesGroup",
        "IvrMenu",
        "ApplicationExtension",
        "ParkLocation",
        "GroupCallPickup",
        "Site",
    }
)
# Calls show at these when they are monitored as lines.
CALL_HOLDING_TYPES = frozenset({"ParkLocation", "GroupCallPickup"})

MAIN_SITE = "Main Site"
_SECOND_SITE = "Harbour Site"
_DEPARTMENTS = ("Sales", "Support", "Workshop", "Office")
_GROUPS = (
    (1, "Support Queue", "Department"),
    (2, "Sales Queue", "Department"),
    (11, "Park Location", "ParkLocation"),
    (21, "Main Menu", "IvrMenu"),
    (31, "Opening Hours", "Announcement"),
    (41, "Everyone Aloud", "PagingOnly"),
    (51, "Workshop Pickup", "GroupCallPickup"),
    (61, _SECOND_SITE, "Site"),
)
_QUEUE_SIZE = 4


@dataclass(slots=True, kw_only=True)
class Extension:
    """One extension of the account."""

    id: str
    number: str
    name: str
    type: str = "User"
    status: str = "Enabled"
    department: str = ""
    # Empty in an account without sites.
    site: str = MAIN_SITE

    @property
    def is_user(self) -> bool:
        """Return whether the extension belongs to a person."""
        return self.type in USER_TYPES


@dataclass(slots=True, kw_only=True)
class Directory:
    """All extensions by id and by number, and the lists that people keep of others."""

    extensions: dict[str, Extension] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    favorites: dict[str, list[str]] = field(default_factory=dict)
    contacts: dict[str, list[str]] = field(default_factory=dict)
    queues: dict[str, list[str]] = field(default_factory=dict)
    names: Iterator[str] = field(default_factory=lambda: iter(()))
    used_ids: set[str] = field(default_factory=set)
    ids_by_number: dict[str, str] = field(default_factory=dict)
    # By the present name of each site: an id outlives its name.
    site_ids: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> Extension:
        """Return the signed-in user's extension."""
        return self.extensions[OWNER_ID]

    @property
    def users(self) -> list[Extension]:
        """Return the extensions with a person behind, unassigned ones left out."""
        return [
            extension
            for extension in self.extensions.values()
            if extension.is_user and extension.number
        ]

    def monitored(self, extension_id: str) -> list[str]:
        """Return the extensions on someone's lines; lines 1 and 2 are the own ones."""
        return [extension_id, *self.lines.get(extension_id, ())]

    def by_number(self, number: str) -> Extension:
        """Return an extension by its number; raises LookupError."""
        if (extension := self.find(number)) is None:
            raise LookupError("No extension with this number")
        return extension

    def find(self, number: str) -> Extension | None:
        """Return the extension that a dialled number reaches, if any."""
        return self.extensions.get(self.ids_by_number.get(number, ""))

    def site_id(self, name: str) -> str:
        """Return the id of a site, which it has got under its first name."""
        if name not in self.site_ids:
            first = name.lower().replace(" ", "-")
            candidates = chain([first], (f"{first}-{n}" for n in count(2)))
            taken = self.site_ids.values()
            self.site_ids[name] = next(c for c in candidates if c not in taken)
        return self.site_ids[name]

    def rename_site(self, name: str, new_name: str) -> list[Extension]:
        """Rename a site; return its extensions.

        Raises LookupError, and ValueError if the name is taken.
        """
        there = [e for e in self.extensions.values() if name and e.site == name]
        if not there:
            raise LookupError("No site with this name")
        if not new_name or any(e.site == new_name for e in self.extensions.values()):
            raise ValueError("This name of a site is taken")
        self.site_ids[new_name] = self.site_id(name)
        del self.site_ids[name]
        for extension in there:
            extension.site = new_name
        return there

    def add(
        self,
        *,
        name: str | None = None,
        kind: str = "User",
        number: str | None = None,
        department: str | None = None,
        site: str = MAIN_SITE,
    ) -> Extension:
        """Add an extension under a number, or under the next free one.

        Raises ValueError if the number is taken.
        """
        if number is None:
            number = next(
                str(free)
                for free in count(OWNER_NUMBER)
                if str(free) not in self.ids_by_number
            )
        self._claim(number)
        extension = Extension(
            id=self._new_id(int(number)),
            number=number,
            name=name or next(self.names),
            type=kind,
            department=(
                _DEPARTMENTS[int(number) % len(_DEPARTMENTS)]
                if department is None
                else department
            ),
            site=site,
        )
        self.extensions[extension.id] = extension
        self.ids_by_number[number] = extension.id
        return extension

    def renumber(self, extension: Extension, number: str) -> None:
        """Give an extension another number; raises ValueError if it is taken."""
        self._claim(number)
        self.ids_by_number.pop(extension.number, None)
        extension.number = number
        self.ids_by_number[number] = extension.id

    def _claim(self, number: str) -> None:
        if not number.isdecimal():
            raise ValueError("An extension number is made of digits")
        if number in self.ids_by_number:
            raise ValueError("This extension number is taken")

    def remove(self, extension_id: str) -> None:
        """Remove an extension, also from all lists."""
        extension = self.extensions.pop(extension_id)
        self.ids_by_number.pop(extension.number, None)
        for lists in (self.lines, self.favorites, self.queues):
            lists.pop(extension_id, None)
            for members in lists.values():
                if extension_id in members:
                    members.remove(extension_id)

    def _new_id(self, number: int) -> str:
        if number == OWNER_NUMBER and OWNER_ID not in self.used_ids:
            new_id = OWNER_ID
        else:
            # An id is never used again, not even for the same number.
            new_id = next(
                candidate
                for tail in count(16)
                if (candidate := f"620000{number:03d}{tail:03d}") not in self.used_ids
            )
        self.used_ids.add(new_id)
        return new_id


def build_directory(users: int, seed: int, sites: int = 0) -> Directory:
    """Make the account: ids are the same for every seed, names are the seed's."""
    site_names = [MAIN_SITE, _SECOND_SITE, *(f"Site {n}" for n in range(3, sites + 1))]
    directory = Directory(names=invented_names(seeded(seed, "names")))
    for number in range(OWNER_NUMBER, OWNER_NUMBER + users):
        # A few people only have a softphone or a shared desk.
        kind = {6: "DigitalUser", 9: "VirtualUser"}.get(number % 15, "User")
        extension = directory.add(number=str(number), kind=kind)
        if sites:
            extension.site = site_names[number % sites]
        elif number % 5 == 0:
            extension.site = _SECOND_SITE
    base = 900 if users < 799 else 90000
    for offset, name, kind in _GROUPS:
        directory.add(number=str(base + offset), name=name, kind=kind)
    unassigned = Extension(
        id="620000000016", number="", name="", type="User", status="Unassigned"
    )
    directory.used_ids.add(unassigned.id)
    directory.extensions[unassigned.id] = unassigned

    people = [extension.id for extension in directory.users]
    park = directory.by_number(str(base + 11)).id
    directory.lines[OWNER_ID] = [*people[1:3], park]
    directory.favorites[OWNER_ID] = people[1:4:2]
    directory.contacts[OWNER_ID] = ["880001004"]
    for position, extension in enumerate(
        item for item in directory.extensions.values() if item.type == "Department"
    ):
        start = position * _QUEUE_SIZE
        directory.queues[extension.id] = (
            people[start + 1 : start + 1 + _QUEUE_SIZE] or people[:_QUEUE_SIZE]
        )
    return directory
