"""Groups as a user configures them, for tests."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from custom_components.ringcentral.calls.counts import ACCOUNT_SCOPE
from custom_components.ringcentral.const import (
    CONF_DEPARTMENTS,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    CONF_QUEUE,
    CONF_SITES,
    SUBENTRY_GROUP,
)
from custom_components.ringcentral.groups.manager import (
    GroupManager,
    MemberGroup,
    get_groups,
)
from custom_components.ringcentral.groups.tally import Tally
from custom_components.ringcentral.presence.activity import FREE, ON_THE_PHONE, RINGING
from custom_components.ringcentral.roster.identifiers import group_identifier
from homeassistant.config_entries import ConfigSubentry
from homeassistant.helpers import device_registry as dr

from ..common import Account, until


def groups_of(account: Account) -> GroupManager:
    """Return the groups of an account."""
    groups = get_groups(account.hass, account.entry.entry_id)
    assert groups is not None
    return groups


def counted_groups(account: Account) -> set[str]:
    """Return the groups whose calls are counted, beside the account and the own phone."""
    scopes = account.coordinator.calls.counts.state.scopes
    own = {ACCOUNT_SCOPE, account.entry.data[CONF_EXTENSION_ID]}
    assert own <= scopes.keys()
    return scopes.keys() - own


def doing(account: Account, tally: Tally) -> dict[str, set[str]]:
    """Return the numbers of a group's members by what they do."""
    numbers = {e.id: e.number for e in account.simulator.extensions}
    return {
        name: {numbers[i] for i in tally.ids(bit)}
        for name, bit in (
            ("free", FREE),
            ("ringing", RINGING),
            ("on the phone", ON_THE_PHONE),
        )
        if tally.ids(bit)
    }


def group_device(account: Account, subentry_id: str) -> dr.DeviceEntry | None:
    """Return the device of a group."""
    return dr.async_get(account.hass).async_get_device_by_identifier(
        group_identifier(subentry_id), account.entry.entry_id
    )


def team(
    account: Account,
    title: str = "Support",
    *,
    numbers: Collection[str] = (),
    sites: Collection[str] = (),
    departments: Collection[str] = (),
) -> ConfigSubentry:
    """Return the subentry of a team, as the form saves it."""
    data = {
        CONF_EXTENSIONS: sorted(account.simulator.extension(n).id for n in numbers),
        CONF_SITES: sorted(sites),
        CONF_DEPARTMENTS: sorted(departments),
    }
    return _subentry(title, data)


def queue(account: Account, number: str, title: str = "Queue") -> ConfigSubentry:
    """Return the subentry of a call queue, as the form saves it."""
    queue_id = account.simulator.extension(number).id
    return _subentry(title, {CONF_QUEUE: queue_id}, queue_id)


def _subentry(
    title: str, data: Mapping[str, object], unique_id: str | None = None
) -> ConfigSubentry:
    return ConfigSubentry(
        data=MappingProxyType({**data}),
        subentry_type=SUBENTRY_GROUP,
        title=title,
        unique_id=unique_id,
    )


async def add(account: Account, subentry: ConfigSubentry) -> MemberGroup:
    """Add a group and return it."""
    account.hass.config_entries.async_add_subentry(account.entry, subentry)
    await settle(account)
    return groups_of(account).groups[subentry.subentry_id]


def collect_changes(account: Account) -> list[MemberGroup]:
    """Return a list of the groups that are added or changed from now on."""
    changes: list[MemberGroup] = []

    def collect(group: MemberGroup) -> Iterator[None]:
        changes.append(group)
        yield

    groups_of(account).adders.append(collect)
    return changes


async def settle(account: Account) -> None:
    """Wait until what the user has changed is followed."""
    groups = groups_of(account)
    await until(lambda: not groups._is_working)
    await account.hass.async_block_till_done()
