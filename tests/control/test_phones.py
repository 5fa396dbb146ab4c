"""Which telephone answers, and which one rings first."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.exceptions import (
    PermissionMissingError,
    ServiceUnavailableError,
)
from custom_components.ringcentral.api.models.telephony import (
    ForwardingNumber,
    Phone,
    PhoneType,
)
from custom_components.ringcentral.control.models import Refusal
from custom_components.ringcentral.control.phones import Phones, _find_phone
from tests.api.telephony import json_answer, serving
from tests.payloads import payload

_NO_PHONE, _NOT_FOUND = Refusal("no_phone"), Refusal("phone_not_found")
_LISTS = ("device", "webapp-devices", "forwarding-number")


@dataclass
class _Platform:
    """The lists of a platform, by the last part of their paths."""

    lists: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {name: [] for name in _LISTS}
    )
    status: int = 200
    requests: list[str] = field(default_factory=list)

    def answer(self, request: web.Request, _: object) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.requests.append(name)
        return json_answer({"records": self.lists[name]}, self.status)


@pytest.fixture
def platform() -> _Platform:
    """Return a platform without telephones."""
    return _Platform()


@pytest.fixture
async def phones(socket_enabled: None, platform: _Platform) -> AsyncIterator[Phones]:
    """Return the telephones of the platform, not read yet."""
    async with (
        aiohttp.ClientSession() as session,
        serving(session, platform.answer) as (client, _),
    ):
        yield Phones(client)


@pytest.fixture
def usual(platform: _Platform) -> _Platform:
    """Return a platform with telephones of each kind."""
    platform.lists = {
        "device": payload("device_list")["records"],
        "webapp-devices": payload("webapp_device_list")["records"],
        "forwarding-number": payload("forwarding_number_list")["records"],
    }
    return platform


def _device(
    number: int, kind: str, status: str = "Online", **more: str
) -> dict[str, Any]:
    return {"id": str(number), "type": kind, "status": status, **more}


# The telephone that answers


@pytest.mark.parametrize(
    ("devices", "found"),
    [
        # No telephones.
        ([], _NO_PHONE),
        # Only offline ones.
        ([_device(1, "HardPhone", "Offline"), _device(2, "WebPhone", "")], _NO_PHONE),
        # Only ones that do not answer by themselves.
        (
            [
                _device(1, "OtherPhone"),
                _device(2, "Paging"),
                _device(3, "BLA"),
                _device(4, "Room"),
                _device(5, "Toaster"),
            ],
            _NO_PHONE,
        ),
        # The best one, in whatever order.
        ([_device(1, "HardPhone"), _device(2, "SoftPhone")], "2"),
        ([_device(1, "SoftPhone"), _device(2, "HardPhone")], "1"),
        ([_device(1, "SoftPhone"), _device(2, "WebPhone")], "2"),
        ([_device(1, "SoftPhone", "Offline"), _device(2, "HardPhone")], "2"),
        ([_device(1, "HardPhone"), _device(2, "HardPhone")], "1"),
    ],
)
async def test_automatic_phone(
    phones: Phones,
    platform: _Platform,
    devices: list[dict[str, Any]],
    found: str | Refusal,
) -> None:
    """Web phones before soft phones before hard phones, if they are online."""
    platform.lists["device"] = devices

    assert await phones.device_id(None, None) == found


async def test_web_phone_of_the_second_list_is_the_best(
    phones: Phones, usual: _Platform
) -> None:
    """The first list does not have it."""
    assert await phones.device_id(None, None) == "800999888016"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("Desk phone of Dana Fischer", "800111222016"),
        (" desk  phone OF dana fischer ", "800111222016"),
        ("800111222016", "800111222016"),
        ("Door station line", "800111224016"),
        ("RingCentral Phone of Dana Fischer", _NO_PHONE),
        ("Kitchen", _NOT_FOUND),
        ("Desk", _NOT_FOUND),
        ("", "800999888016"),
        ("  ", "800999888016"),
    ],
)
async def test_chosen_phone(
    phones: Phones, usual: _Platform, wanted: str, found: str | Refusal
) -> None:
    """By its whole name or its id, of any type; no other one replaces it."""
    assert await phones.device_id(
        wanted, "800111222016" if wanted.strip() else None
    ) == (found)


async def test_one_of_two_phones_of_the_same_name_is_online(
    phones: Phones, platform: _Platform
) -> None:
    """It is the one to answer with."""
    platform.lists["device"] = [
        _device(1, "SoftPhone", "Offline", name="App"),
        _device(2, "HardPhone", name="App"),
        _device(3, "SoftPhone", name="App"),
    ]

    assert await phones.device_id("app", None) == "3"


@pytest.mark.parametrize(
    ("default", "found"),
    [
        ("800111222016", "800111222016"),
        ("800111224016", "800111224016"),
        # Offline.
        ("800111223016", _NO_PHONE),
        # A web phone of yesterday.
        ("800999888015", "800999888016"),
    ],
)
async def test_phone_of_the_options(
    phones: Phones, usual: _Platform, default: str, found: str | Refusal
) -> None:
    """An offline one is not replaced, one that no longer exists is."""
    assert await phones.device_id(None, default) == found


_PHONES = st.builds(
    Phone,
    id=st.sampled_from(["1", "2", "3"]),
    name=st.sampled_from([None, "", "Desk", "desk", "1"]),
    type=st.sampled_from(PhoneType),
    is_online=st.booleans(),
)


@given(
    st.lists(_PHONES, max_size=5),
    st.sampled_from(["", "desk", "1", "2"]),
    st.sampled_from([None, "1", "9"]),
)
def test_phone_that_is_found_is_online_and_meant(
    some: list[Phone], name: str, default: str | None
) -> None:
    """Whatever the lists are."""
    found = _find_phone(some, name, default)

    if isinstance(found, Refusal):
        assert (found == _NOT_FOUND) is (
            bool(name) and not any(name in (p.id, (p.name or "").lower()) for p in some)
        )
        return
    assert any(
        phone.is_online and (not name or name in (phone.id, (phone.name or "").lower()))
        for phone in some
        if phone.id == found
    )


# The telephone that rings first

_DESK = ForwardingNumber(
    "700000101", "+16505550101", "Desk phone", "PhoneLine", "800111222016"
)
_MOBILE = ForwardingNumber("700000102", "+16505550166", "Mobile", "Mobile", None)


@pytest.mark.parametrize(
    ("wanted", "default", "found"),
    [
        (None, None, _DESK),
        ("", "700000102", _MOBILE),
        (" mobile ", None, _MOBILE),
        ("Desk  Phone", "700000102", _DESK),
        ("Kitchen", "700000102", _NOT_FOUND),
        # A number that was deleted.
        (None, "700000999", _DESK),
    ],
)
async def test_phone_that_rings_first(
    phones: Phones,
    usual: _Platform,
    wanted: str | None,
    default: str | None,
    found: ForwardingNumber | Refusal,
) -> None:
    """By its label, by the options, or the first telephone line."""
    assert await phones.origin(wanted, default) == found


async def test_first_forwarding_number_rings_first_if_none_has_a_device(
    phones: Phones, platform: _Platform
) -> None:
    """A line without a device does not ring."""
    platform.lists["forwarding-number"] = [
        {"id": "1", "phoneNumber": "+16505550166", "type": "Mobile"},
        {"id": "2", "phoneNumber": "+16505550101", "type": "PhoneLine"},
    ]

    found = await phones.origin(None, None)

    assert isinstance(found, ForwardingNumber)
    assert found.id == "1"


async def test_user_without_forwarding_numbers_must_enter_one(phones: Phones) -> None:
    """There is no phone to ring."""
    assert await phones.origin(None, None) == Refusal("no_dial_phone")


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("+1 650 555 0188", "+1 650 555 0188"),
        (" (650) 555-0188 ", "(650) 555-0188"),
        ("tel:+16505550188", "+16505550188"),
        ("101", "101"),
        ("٦٥٠", "٦٥٠"),
        ("*67", "*67"),
    ],
)
async def test_number_that_rings_first_needs_no_list(
    phones: Phones, platform: _Platform, wanted: str, number: str
) -> None:
    """It is checked as any number that is dialed."""
    assert await phones.origin(wanted, "700000101") == number

    assert platform.requests == []


# What is kept


async def test_lists_are_kept_for_a_minute(
    phones: Phones, usual: _Platform, freezer: FrozenDateTimeFactory
) -> None:
    """A press in this time costs no further request."""
    for _ in range(3):
        await phones.device_id(None, None)
        assert len(await phones.phones()) == 4
        freezer.tick(19.9)
    assert usual.requests == ["device", "webapp-devices"]

    freezer.tick(0.4)
    await phones.device_id(None, None)
    assert usual.requests == ["device", "webapp-devices"] * 2


async def test_nothing_is_refused_because_of_a_kept_list(
    phones: Phones, platform: _Platform
) -> None:
    """The user has opened the app in between, or named the phone."""
    platform.lists["device"] = [_device(9, "HardPhone", "Offline")]
    platform.lists["forwarding-number"] = [{"id": "1", "phoneNumber": "+16505550101"}]
    assert await phones.device_id(None, None) == _NO_PHONE
    assert await phones.origin("mobile", None) == _NOT_FOUND
    platform.lists["device"] = [_device(1, "SoftPhone", name="App")]
    platform.lists["forwarding-number"] = payload("forwarding_number_list")["records"]

    assert await phones.device_id(None, None) == "1"
    assert await phones.device_id("App", None) == "1"
    assert await phones.origin("mobile", None) == _MOBILE

    assert platform.requests == [
        "device",
        "webapp-devices",
        "forwarding-number",
        "device",
        "webapp-devices",
        "forwarding-number",
    ]


async def test_list_that_was_just_read_is_not_read_again(
    phones: Phones, platform: _Platform
) -> None:
    """A refusal costs one reading."""
    assert await phones.device_id("App", None) == _NOT_FOUND

    assert platform.requests == ["device", "webapp-devices"]


async def test_two_presses_share_a_reading(phones: Phones, usual: _Platform) -> None:
    """The second one waits for the first."""
    found = await asyncio.gather(*[phones.device_id(None, None) for _ in range(5)])

    assert found == ["800999888016"] * 5
    assert usual.requests == ["device", "webapp-devices"]


@pytest.mark.parametrize(
    ("status", "error"), [(403, PermissionMissingError), (503, ServiceUnavailableError)]
)
async def test_list_that_cannot_be_read_is_read_at_the_next_press(
    phones: Phones, usual: _Platform, status: int, error: type[Exception]
) -> None:
    """The error is the answer to this one."""
    usual.status = status
    with pytest.raises(error):
        await phones.phones()
    with pytest.raises(error):
        await phones.forwarding_numbers()
    usual.status = 200

    assert await phones.device_id(None, None) == "800999888016"
    assert await phones.forwarding_numbers() == [_DESK, _MOBILE]


async def test_what_is_known_without_a_request(
    phones: Phones, usual: _Platform
) -> None:
    """For the buttons of the board, and to compare numbers with the own ones."""
    assert phones.has_phone(None) is None
    assert phones.known_numbers == []
    assert usual.requests == []

    await phones.phones()
    await phones.forwarding_numbers()

    assert phones.has_phone(None) is True
    assert phones.has_phone("800111223016") is False
    assert phones.known_numbers == ["+16505550101", "+16505550166"]
