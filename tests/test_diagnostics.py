"""Diagnostics: downloaded as a user does, in each state, without personal data."""

import asyncio
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import cycle
import json
from random import Random
import re
from typing import Any, Final
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.ringcentral.api.event_stream import StreamState
from custom_components.ringcentral.const import DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from simulator import Simulator
from simulator.base.wire import JsonValue, encode

from .common import Account, add_account, until
from .forms import want_more_sensors
from .groups.common import add, group_device, queue, team
from .reliability.common import API, MOVED_TIME, WSTOKEN, Time, is_pushed

type Json = dict[str, Any]

_EXTENSIONS: Final = f"{API}/account/~/extension"
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(\+00:00)?")


class Download:
    """Download of diagnostics of an account or a device."""

    def __init__(self, hass: HomeAssistant, client: ClientSessionGenerator) -> None:
        """Initialize the download."""
        self._hass = hass
        self._client = client

    async def text(self, entry_id: str, device: dr.DeviceEntry | None = None) -> str:
        """Return the whole file."""
        assert await async_setup_component(self._hass, "diagnostics", {})
        await self._hass.async_block_till_done()
        path = f"/api/diagnostics/config_entry/{entry_id}"
        if device is not None:
            path += f"/device/{device.id}"
        response = await (await self._client()).get(path)
        assert response.status == HTTPStatus.OK
        return await response.text()

    async def __call__(
        self, account: Account, device: dr.DeviceEntry | None = None
    ) -> Json:
        """Return the data of the integration."""
        data: Json = json.loads(await self.text(account.entry.entry_id, device))["data"]
        return data


@pytest.fixture
def download(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Download:
    """Return the download."""
    return Download(hass, hass_client)


def _device(account: Account, number: str | None) -> dr.DeviceEntry:
    device = account.device(number)
    assert device is not None
    return device


def _without_times(data: Json) -> Json:
    """Return the data with placeholders for what differs from run to run."""
    text = _TIME.sub("<time>", json.dumps(data))
    same: Json = json.loads(text)
    connection = same.get("account", {}).get("connection")
    for place, name in (
        (same.get("token"), "expires_in"),
        (connection, "seconds_since_message"),
        (connection, "unseen_today"),
    ):
        if place is not None:
            assert isinstance(place[name], int)
            place[name] = "<seconds>"
    return same


# --------------------------------------------------------------------------------------
# Contents


async def test_account_is_described_by_counts(
    account: Account, download: Download, snapshot: SnapshotAssertion
) -> None:
    """An ordinary account, with a call."""
    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    data = await download(account)

    assert _without_times(data) == snapshot


async def test_extension_is_described_by_enumerations(
    account: Account, download: Download, snapshot: SnapshotAssertion
) -> None:
    """An extension that rings."""
    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_shown("102", "telephony_status", "ringing")

    data = await download(account, _device(account, "102"))

    assert _without_times(data) == snapshot


async def test_device_of_the_account_is_described_by_its_entities(
    account: Account, download: Download
) -> None:
    """It stands for no extension."""
    await want_more_sensors(account)
    data = await download(account, _device(account, None))

    assert data["device"] == {"stands_for": "account", "disabled_by": None}
    assert data["extension"] is None
    assert {
        (entity["platform"], entity["key"]): entity["state"]
        for entity in data["entities"]
    } == {
        ("binary_sensor", "connection"): "on",
        ("sensor", "answered_today"): "other",
        ("sensor", "current_calls"): "other",
        ("sensor", "incoming_today"): "other",
        ("sensor", "interruptions"): "other",
        ("sensor", "last_event"): None,
        ("sensor", "last_loss"): "unknown",
        ("sensor", "link"): "push",
        ("sensor", "longest_hold"): "unknown",
        ("sensor", "longest_wait_today"): "unknown",
        ("sensor", "missed_today"): "other",
        ("sensor", "outgoing_today"): "other",
        ("sensor", "people_free"): "other",
        ("sensor", "people_on_the_phone"): "other",
        ("sensor", "people_ringing"): "other",
        ("sensor", "talk_time_today"): "other",
        ("sensor", "unseen_today"): "other",
    }


async def test_groups_are_described_by_numbers(
    account: Account, download: Download
) -> None:
    """Of members and calls; their names are the user's words."""
    group = team(account, "Lookout", numbers=["102", "103"])
    await add(account, group)
    await add(account, team(account, "Outlook", numbers=["104"]))
    await add(account, queue(account, "901"))
    account.simulator.ring(to="102", from_="+16505550123")
    await account.until_all_reported()

    data = await download(account)
    assert data["account"]["groups"]["teams"] == [2, 1]
    assert len(data["account"]["groups"]["queues"]) == 1
    assert data["account"]["today"] == {
        "incoming": 1,
        "outgoing": 0,
        "answered": 0,
        "missed": 0,
        "unclear": 0,
        "untimed": 0,
        "talk_time": 0.0,
        "longest_wait": 0.0,
    }
    of_device = await download(account, group_device(account, group.subentry_id))
    assert of_device["device"]["stands_for"] == "group"
    assert of_device["extension"] is None
    assert ("sensor", "people_free") in {
        (entity["platform"], entity["key"]) for entity in of_device["entities"]
    }
    for described in (data, of_device):
        text = json.dumps(described)
        assert not re.search(
            f"Lookout|Outlook|{group.subentry_id}", text, re.IGNORECASE
        )


async def test_stale_device_is_described_as_such(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """An extension may have been deleted while Home Assistant was off."""
    stale = dr.async_get(hass).async_get_or_create(
        config_entry_id=account.entry.entry_id, identifiers={(DOMAIN, "stale")}
    )

    data = await download(account, stale)

    assert data["device"]["stands_for"] is None
    assert data["extension"] is None


@MOVED_TIME
async def test_transitions_have_time_and_reason(
    account: Account, download: Download, time: Time
) -> None:
    """Live updates are lost, polls fail as well, live updates return."""
    link = account.coordinator.stream
    await account.simulator.stop()
    await time.passes_until(lambda: link.state is StreamState.DOWN, 300)
    down = await download(account)
    await account.simulator.start()
    await time.passes_until(lambda: link.state is StreamState.PUSH, 300)

    history = (await download(account))["history"]

    states = [(change["state"], change["reason"]) for change in history["transitions"]]
    assert states[:4] == [
        ("recovering", None),
        ("push", None),
        ("recovering", "connection_lost"),
        ("down", "cannot_connect"),
    ]
    assert states[-1] == ("push", None)
    assert history["entered"]["push"] == 2
    times = [change["when"] for change in history["transitions"]]
    assert times == sorted(times)
    assert all(_TIME.fullmatch(one) for one in times)
    assert (
        down["account"]["connection"]
        | {
            "state": "down",
            "reason": "cannot_connect",
            "is_connected": False,
            "outages": 1,
        }
        == down["account"]["connection"]
    )
    assert history["last_failure"]["reason"] == "cannot_connect"
    assert history["failures"]["snapshot"] >= 1
    assert history["failures"]["link"] >= 2


async def test_transitions_are_kept_across_a_reload(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """Users reload an entry before they report a problem."""
    assert await hass.config_entries.async_reload(account.entry.entry_id)

    history = (await download(account))["history"]

    assert [change["state"] for change in history["transitions"]] == [
        "recovering",
        "push",
        "ended",
        "recovering",
        "push",
    ]
    assert history["snapshots"] == 2


async def test_history_of_a_removed_account_is_removed(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """Its entry id is never used again."""
    await hass.config_entries.async_remove(account.entry.entry_id)

    left = hass.data[f"{DOMAIN}_histories"]

    assert left == {}


async def test_refused_filters_are_counted_by_kind_and_cause(
    hass: HomeAssistant, simulator: Simulator, download: Download
) -> None:
    """Of extensions without live updates only the number is given."""
    for number in ("102", "103"):
        simulator.fault(
            "disable_filter",
            seconds=86400,
            filter=f"/{simulator.extension(number).id}/",
            reason="SUB-412",
        )
    simulator.fault(
        "disable_filter", seconds=86400, filter="/favorite/presence", reason="CMN-401"
    )

    account = await add_account(hass, simulator, groups=["everyone", "favorites"])
    data = (await download(account))["account"]

    subscription = data["subscription"]
    people = subscription["requested"]["extension"]
    assert subscription["granted"] == {
        "extension": people - 2,
        "favorite_list": 1,
        "extension_list": 1,
        "voicemail": 1,
    }
    assert sorted(subscription["refused"], key=str) == [
        {"kind": "extension", "code": "SUB-412", "permission": None, "count": 2},
        {"kind": "favorites", "code": "CMN-401", "permission": None, "count": 1},
    ]
    assert data["roster"]["not_pushed"] == 2


@MOVED_TIME
async def test_subscription_of_the_last_run_grants_nothing_before_it_is_recovered(
    hass: HomeAssistant, account: Account, download: Download, time: Time
) -> None:
    """Its filters are not known before."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    await time.passes(65)
    account.simulator.fault("maintenance", path=WSTOKEN, count=99)
    setting_up = hass.async_create_task(
        hass.config_entries.async_setup(account.entry.entry_id)
    )
    await time.passes_until(setting_up.done, within=10)

    data = (await download(account))["account"]
    assert data["connection"]["has_session"]
    assert data["subscription"]["requested"]["extension"] > 0
    assert data["subscription"]["granted"] == {}

    account.simulator.clear_faults()
    await time.passes_until(is_pushed(account), within=100)
    subscription = (await download(account))["account"]["subscription"]
    assert subscription["granted"] == subscription["requested"]


async def test_missing_permission_of_a_filter_is_named(
    hass: HomeAssistant, simulator: Simulator, download: Download
) -> None:
    """The platform names it if it refuses the whole request."""
    simulator.fault(
        "refuse_filter",
        seconds=86400,
        filter="/favorite",
        status=403,
        errorCode="CMN-401",
        message="In order to call this API endpoint, application needs to have"
        " [ReadContacts] permission",
    )

    account = await add_account(hass, simulator, groups=["everyone", "favorites"])

    refused = (await download(account))["account"]["subscription"]["refused"]
    assert {(one["code"], one["permission"]) for one in refused} == {
        ("CMN-401", "ReadContacts")
    }


@MOVED_TIME
async def test_last_failure_has_status_code_and_request_id(
    account: Account, download: Download, time: Time
) -> None:
    """RingCentral's support needs the id of the request."""
    account.simulator.fault(
        "error", path=f"{API}/account", seconds=1000, status=500, errorCode="CMN-211"
    )

    await time.passes_until(
        lambda: any(record.status == 500 for record in account.simulator.log), 1000, 60
    )
    await time.settle()

    failure = (await download(account))["history"]["last_failure"]
    assert failure["operation"] == "snapshot"
    assert (failure["reason"], failure["status"], failure["code"]) == (
        "server_error",
        500,
        "CMN-211",
    )
    assert re.fullmatch(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", failure["request_id"]
    )


async def test_notifications_are_counted_by_kind(
    account: Account, download: Download
) -> None:
    """Unknown enumeration values are counted as anomalies."""
    account.simulator.change_extension("102", userStatus="Busy")
    account.simulator.change_extension("103", name="Somebody Else")
    account.simulator.notify(
        {
            "extensionId": account.simulator.extension("104").id,
            "presenceStatus": "OnBreak",
        }
    )
    await account.until_all_reported()

    data = await download(account)

    # The marker event is a presence event, too.
    assert data["history"]["events"] == {"presence": 3, "extensions": 1}
    assert data["account"]["anomalies"] == {
        "unknown value of PresenceStatus OnBreak": 1
    }


async def test_wait_of_a_rate_group_is_given(
    account: Account, download: Download
) -> None:
    """A penalty delays all requests of the group."""
    account.simulator.fault("rate_limit", path=_EXTENSIONS, retryAfter="40")

    await account.coordinator.async_refresh()

    data = await download(account)
    limits = data["account"]["limits"]
    assert 30 <= limits["medium"] <= 40
    assert limits["light"] == 0
    assert {*limits} == {"light", "medium", "heavy", "auth"}


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        ("https://platform.ringcentral.com", "ringcentral"),
        ("https://platform.ringcentral.biz", "partner"),
        ("https://pbx.canary.example", "custom"),
        ("https://platform.ringcentral.com.canary.example", "custom"),
        ("https://[canary", "custom"),
        (None, "custom"),
    ],
)
async def test_authentication_method_is_given_without_host_names(
    hass: HomeAssistant,
    account: Account,
    download: Download,
    server: str | None,
    kind: str,
) -> None:
    """And without the id of the application credential, which contains the client id."""
    hass.config_entries.async_update_entry(
        account.entry,
        data={
            **account.entry.data,
            "server": server,
            "auth_implementation": "ringcentral_canary",
            "brand_id": "1210",
        },
    )

    data = await download(account)

    entry = data["entry"]
    assert (entry["sign_in"], entry["server"], entry["brand_id"]) == (
        "browser",
        kind,
        "1210",
    )
    assert "canary" not in json.dumps(data)


async def test_options_are_given_as_names_and_counts(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """Of names and ids only the number, whatever the option."""
    hass.config_entries.async_update_entry(
        account.entry,
        options={
            "groups": ["everyone", "Canary"],
            "extensions": ["700000102016"],
            "departments": ["Canary", "Canaries"],
            "follow_new": False,
            "more_sensors": True,
            "privacy": "masked",
            "safety_poll": 30,
            "note": "Canary",
            "more": {"Canary": 1},
            "Canary Nightingale": None,
        },
    )

    data = await download(account)

    assert data["options"] == {
        "groups": ["everyone", "other"],
        "extensions": 1,
        "departments": 2,
        "follow_new": False,
        "more_sensors": True,
        "privacy": "masked",
        "safety_poll": 30,
        "note": "other",
        "more": "other",
        "other": None,
    }


# --------------------------------------------------------------------------------------
# States of the config entry


async def _download_all(
    download: Download, account: Account, state: ConfigEntryState
) -> Json:
    """Download everything, return the data of the account."""
    assert account.entry.state is state
    data = await download(account)
    assert data["entry"]["state"] == state.value
    for number in (None, "102"):
        of_device = await download(account, _device(account, number))
        assert of_device["entry"] == data["entry"]
        assert of_device["entities"]
    return data


async def test_account_that_cannot_be_set_up_has_its_last_failure(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """Home Assistant retries later."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.fault("maintenance", path=_EXTENSIONS, retryAfter="90")

    await hass.config_entries.async_setup(account.entry.entry_id)

    data = await _download_all(download, account, ConfigEntryState.SETUP_RETRY)
    assert data["entry"]["reason"] == "maintenance"
    assert data["history"]["failures"] == {"set_up": 1}
    failure = data["history"]["last_failure"]
    assert failure["request_id"]
    assert (failure["reason"], failure["status"]) == ("maintenance", 503)
    assert failure["retry_after"] == 90
    assert data["account"] is None


async def test_account_without_a_first_snapshot_has_its_last_failure(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """The connection was established already."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    for path in (_EXTENSIONS[: -len("/extension")] + "/presence", _EXTENSIONS + "/"):
        account.simulator.fault("html", path=path, count=9)

    await hass.config_entries.async_setup(account.entry.entry_id)

    data = await _download_all(download, account, ConfigEntryState.SETUP_RETRY)
    assert data["entry"]["reason"] == "unexpected_answer"
    failure = data["history"]["last_failure"]
    assert (failure["operation"], failure["reason"]) == (
        "snapshot",
        "unexpected_answer",
    )
    assert data["history"]["transitions"][-1]["state"] == "ended"


async def test_account_with_rejected_credentials_is_described(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """The user has to sign in again."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.fault("revoke_sessions")
    account.simulator.fault("token_refused", seconds=60, error="invalid_grant")

    await hass.config_entries.async_setup(account.entry.entry_id)

    data = await _download_all(download, account, ConfigEntryState.SETUP_ERROR)
    assert data["entry"]["reason"] == "invalid_grant"
    failure = data["history"]["last_failure"]
    assert (failure["operation"], failure["reason"]) == ("set_up", "invalid_grant")


async def test_unloaded_account_has_its_history(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """It may contain the reason for the unload."""
    await hass.config_entries.async_unload(account.entry.entry_id)

    data = await _download_all(download, account, ConfigEntryState.NOT_LOADED)

    assert data["account"] is None
    assert data["history"]["transitions"][-1]["state"] == "ended"
    assert data["history"]["events"] == {}


async def test_disabled_account_is_described_as_such(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """Its devices are disabled with it."""
    await hass.config_entries.async_set_disabled_by(
        account.entry.entry_id, ConfigEntryDisabler.USER
    )

    data = await _download_all(download, account, ConfigEntryState.NOT_LOADED)

    assert data["entry"]["disabled_by"] == "user"
    assert data["entities"].keys() == {
        "binary_sensor_disabled",
        "event_disabled",
        "select_disabled",
        "sensor_disabled",
    }


async def test_account_is_described_during_its_set_up(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """The platform may be slow."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    account.simulator.fault("no_answer", path=_EXTENSIONS)
    set_up = asyncio.create_task(
        hass.config_entries.async_setup(account.entry.entry_id)
    )
    await until(
        lambda: (
            account.entry.state is ConfigEntryState.SETUP_IN_PROGRESS
            and not account.simulator.faults.as_json()
        )
    )

    data = await _download_all(download, account, ConfigEntryState.SETUP_IN_PROGRESS)
    account.simulator.clear_faults()
    await set_up

    assert data["account"] is None
    assert data["history"]["snapshots"] == 1


async def test_account_that_never_was_set_up_is_described(
    hass: HomeAssistant, account: Account, download: Download
) -> None:
    """With unexpected data of the entry."""
    await hass.config_entries.async_unload(account.entry.entry_id)
    hass.data.pop(f"{DOMAIN}_histories")
    hass.config_entries.async_update_entry(account.entry, data={}, options={})

    data = await _download_all(download, account, ConfigEntryState.NOT_LOADED)

    assert data["token"] is None
    assert data["history"]["transitions"] == []


# --------------------------------------------------------------------------------------
# Personal data and secrets

_WORDS: Final = ("Quokkarina Zyxwvutson", "Wombattery until noon", "numbatstead")
_CANARIES: Final[tuple[JsonValue, ...]] = (
    "Quokkarina Zyxwvutson",
    "+19900770012345",
    "9900770012345",
    9900770012345,
    990077.0012345,
    "sip:numbatstead@example.invalid",
    "numbatstead@example.invalid",
    "Wombattery until noon",
    "https://numbatstead.example.invalid/9900770012345",
    ["Quokkarina Zyxwvutson", 9900770012345],
    {"Quokkarina Zyxwvutson": "+19900770012345"},
)
# A part of each canary that cannot occur by chance.
_TRACES: Final = ("quokkarina", "zyxwvutson", "990077", "numbatstead", "wombattery")


def _poisoned(value: JsonValue, random: Random, share: float) -> JsonValue:
    """Return JSON with canaries in place of some values and as keys."""
    if isinstance(value, dict):
        odd = {str(random.choice(_WORDS)): random.choice(_CANARIES)}
        return {
            name: _poisoned(inner, random, share) for name, inner in value.items()
        } | odd
    if isinstance(value, list):
        return [_poisoned(inner, random, share) for inner in value]
    return random.choice(_CANARIES) if random.random() < share else value


_EVENT: Final[JsonValue] = {
    "telephonyStatus": "Ringing",
    "presenceStatus": "Busy",
    "userStatus": "Busy",
    "dndStatus": "TakeAllCalls",
    "meetingStatus": "Connected",
    "allowSeeMyPresence": True,
    "callerIdVisibility": "All",
    "message": "Back soon",
    "sequence": 7,
    "totalActiveCalls": 1,
    "activeCalls": [
        {
            "id": "1",
            "direction": "Inbound",
            "queueCall": True,
            "from": "+16505550123",
            "fromName": "Somebody",
            "to": "102",
            "toName": "Somebody",
            "startTime": "2026-03-02T00:00:01.500Z",
            "telephonyStatus": "Ringing",
            "terminationType": "final",
            "sessionId": "1",
            "telephonySessionId": "s-1",
            "partyId": "p-1",
            "onBehalfOf": "1",
            "sipData": {
                "toTag": "t",
                "fromTag": "f",
                "remoteUri": "-",
                "localUri": "-",
            },
            "callInfo": {"primary": {"type": "QueueName", "value": "-"}},
            "appearanceInfo": {"phoneNumber": "1", "appearanceNumber": 1},
        }
    ],
    "appearances": {},
}


async def _everything(hass: HomeAssistant, download: Download, entry_id: str) -> str:
    """Return the diagnostics of an account and of all its devices."""
    texts = [await download.text(entry_id)]
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry_id):
        assert isinstance(device, dr.DeviceEntry)
        texts.append(await download.text(entry_id, device))
    return "\n".join(texts)


def _found(text: str, traces: Iterable[str]) -> set[str]:
    """Return the traces that a text contains."""
    lower = text.lower()
    return {trace for trace in traces if trace.lower() in lower}


async def test_nothing_that_identifies_the_account_is_contained(
    hass: HomeAssistant, simulator: Simulator, download: Download
) -> None:
    """No id, name, number or token, not even of Home Assistant."""
    # Home Assistant adds the repair issues, of which one names an extension.
    simulator.fault(
        "disable_filter",
        seconds=86400,
        filter=f"/{simulator.extension('103').id}/",
        reason="SUB-412",
    )
    account = await add_account(hass, simulator)
    entry = account.entry
    groups = [
        team(account, "Wombattery", numbers=["102", "104"]),
        queue(account, "901", "Numbatstead"),
    ]
    for group in groups:
        await add(account, group)
    simulator.leave_voicemail(
        "101", "+19900770012345", from_name="Quokkarina Zyxwvutson"
    )
    call = simulator.ring(
        to="102", from_="+19900770012345", from_name="Quokkarina Zyxwvutson"
    )
    simulator.change_extension("102", message="Wombattery until noon")
    await account.until_all_reported()
    session = account.coordinator.stream.session
    assert session is not None
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    traces = {
        *_TRACES,
        *(simulator.jwt, simulator.client_id, simulator.client_secret),
        *(entry.data["token"][name] for name in ("access_token", "refresh_token")),
        entry.data["storage_key"],
        *(simulator.server, simulator.server.partition("//")[2]),
        *(simulator.account_id, str(entry.unique_id)),
        *(call.telephony_session_id, call.party_id, session.subscription_id),
        session.context.token,
        *(one.id for one in simulator.extensions),
        *(one.name for one in simulator.extensions if one.name),
        *(entity.entity_id for entity in entities),
        *(entity.id for entity in entities),
        *(device.id for device in devices),
        *(group.subentry_id for group in groups),
    }

    text = await _everything(hass, download, entry.entry_id)

    assert '"code": "SUB-412"' in text
    assert "extensions_not_pushed" in text
    assert len(devices) > 10
    assert _found(text, traces) == set()


@pytest.mark.no_fail_on_log_exception
async def test_failure_contains_nothing_that_only_resembles_a_code(
    hass: HomeAssistant, simulator: Simulator, download: Download
) -> None:
    """A name or number in place of a code, a permission or a request id."""
    code, message = "QuokkarinaZyxwvutson", "[numbatstead] permission of 9900770012345"
    simulator.fault(
        "refuse_filter",
        seconds=86400,
        filter="/favorite",
        status=403,
        errorCode=code,
        message=message,
    )
    simulator.fault(
        "disable_filter",
        seconds=86400,
        filter=f"/{simulator.extension('103').id}/",
        reason="QUOKKA-10166",
    )
    account = await add_account(hass, simulator, groups=["everyone", "favorites"])
    simulator.fault(
        "error",
        path=f"{API}/account",
        count=9,
        status=403,
        errorCode=code,
        message=message,
    )
    with patch("simulator.rest.http_api.uuid4", lambda: "9900770012345"):
        await account.coordinator.async_refresh()

    text = await download.text(account.entry.entry_id)

    data = json.loads(text)["data"]
    failure = data["history"]["last_failure"]
    assert failure | {"status": 403, "code": None, "request_id": None} == failure
    refused_filters = data["account"]["subscription"]["refused"]
    assert {one["kind"] for one in refused_filters} >= {"extension", "favorites"}
    assert {(one["code"], one["permission"]) for one in refused_filters} == {
        (None, None)
    }
    assert _found(json.dumps(data), _TRACES) == set()


@pytest.mark.parametrize("share", [0.002, 0.02, 0.2])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.no_fail_on_log_exception
async def test_nothing_that_the_platform_sends_is_contained(
    hass: HomeAssistant, account: Account, download: Download, seed: int, share: float
) -> None:
    """Whatever the field: in answers, events and headers.

    Some of these accounts can be set up, others cannot.
    """
    random = Random(seed)  # noqa: S311 - the same in each run
    ids = cycle(
        ["+19900770012345", "9900770012345", "Quokkarina-Zyxwvutson", "9900770"]
    )

    def poisoned_json(value: Any, *, escape_slashes: bool = False) -> bytes:
        return encode(_poisoned(value, random, share), escape_slashes=escape_slashes)

    assert await hass.config_entries.async_unload(account.entry.entry_id)
    with (
        patch("simulator.rest.http_api.encode", poisoned_json),
        patch("simulator.push.connection.encode", poisoned_json),
        patch("simulator.rest.http_api.uuid4", lambda: next(ids)),
    ):
        await hass.config_entries.async_setup(account.entry.entry_id)
        await hass.async_block_till_done()
        for body in _poisoned_events(account.simulator, random, share):
            account.simulator.notify(body)
        account.simulator.fault(
            "error",
            path=f"{API}/account",
            count=9,
            status=403,
            errorCode="9900770012345",
            message="[numbatstead] permission of Quokkarina Zyxwvutson is missing",
        )
        if account.entry.state is ConfigEntryState.LOADED:
            await account.coordinator.async_refresh()
            await asyncio.sleep(0)
        text = await _everything(hass, download, account.entry.entry_id)

    assert _found(text, _TRACES) == set()
    # Home Assistant would describe other types by their representation.
    assert "__type" not in text


def _poisoned_events(
    simulator: Simulator, random: Random, share: float
) -> Iterator[JsonValue]:
    for extension in simulator.extensions:
        event = _poisoned(_EVENT, random, share)
        assert isinstance(event, dict)
        yield {**event, "extensionId": extension.id}
