"""Parsing of the account and of the company's lists."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ringcentral.api.anomalies import Anomalies
from custom_components.ringcentral.api.models.base import ParseError, parse_each
from custom_components.ringcentral.api.models.directory import (
    Account,
    Extension,
    parse_account,
    parse_extension,
    parse_extension_ids,
)

from ...strategies import Json, json_objects, json_values

ACCOUNT: Json = {
    "id": 700000001016,
    "mainNumber": "+15551230000",
    "status": "Confirmed",
    "serviceInfo": {
        "brand": {"id": "1210", "name": "RingCentral"},
        "servicePlan": {"id": "8853", "name": "Office", "edition": "Ultra"},
    },
}
EXTENSION: Json = {
    "id": 700000102016,
    "extensionNumber": "102",
    "name": "Ben Example",
    "type": "User",
    "status": "Enabled",
    "hidden": False,
    "contact": {"firstName": "Ben", "department": "Sales"},
    "site": {"id": "main-site", "name": "Main Site"},
}


def parsed(**changed: object) -> Extension:
    """Return the extension with some fields changed."""
    return parse_extension({**EXTENSION, **changed}, Anomalies())


def test_account_has_what_a_device_shows() -> None:
    """Its id as text, and its brand."""
    anomalies = Anomalies()

    account = parse_account(ACCOUNT, anomalies)

    assert account == Account(
        id="700000001016",
        brand="RingCentral",
    )
    assert not anomalies.counts


@pytest.mark.parametrize(
    "service", [None, {}, [], {"brand": None, "servicePlan": 5}, {"brand": {"name": 7}}]
)
def test_account_without_service_info_has_no_brand(service: object) -> None:
    """It is an account all the same."""
    account = parse_account({**ACCOUNT, "serviceInfo": service}, Anomalies())

    assert account == Account(id="700000001016", brand=None)


@pytest.mark.parametrize("bad_id", [None, "", [], {}, True, 1.5])
def test_account_and_extension_without_id_are_refused(bad_id: object) -> None:
    """Nothing could be found again by it."""
    with pytest.raises(ParseError, match="AccountResource without id"):
        parse_account({"id": bad_id}, Anomalies())
    with pytest.raises(ParseError, match="ExtensionResource without id"):
        parse_extension({"id": bad_id}, Anomalies())


def test_extension_has_what_a_device_and_a_selection_show() -> None:
    """Its id as text, number, name, type, department and site."""
    anomalies = Anomalies()

    extension = parse_extension(EXTENSION, anomalies)

    assert extension == Extension(
        id="700000102016",
        number="102",
        name="Ben Example",
        type="User",
        status="Enabled",
        hidden=False,
        department="Sales",
        site="Main Site",
        site_id="main-site",
    )
    assert not anomalies.counts


@pytest.mark.parametrize("part", [None, {}, {"name": None, "id": None}])
def test_extension_may_lack_contact_and_site(part: object) -> None:
    """A company need have neither sites nor departments."""
    extension = parsed(contact=part, site=part)

    assert extension.department is None
    assert (extension.site_id, extension.site) == (None, None)
    assert extension.can_be_monitored


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Sales", "Sales"),
        (" Sales\t", "Sales"),
        ("sales", "sales"),
        ("After  Sales", "After  Sales"),
        (" \u00a0", None),
        ("", None),
    ],
)
def test_name_of_a_department_or_site_is_without_the_blanks_around_it(
    written: str, name: str | None
) -> None:
    """No list shows them; any other difference counts."""
    extension = parsed(contact={"department": written}, site={"id": 7, "name": written})

    assert (extension.department, extension.site) == (name, name)
    assert extension.site_id == "7"


def test_numeric_extension_number_and_text_are_the_same() -> None:
    """Numbers are text: leading zeros count."""
    assert parsed(extensionNumber=102) == parsed(extensionNumber="102")
    assert parsed(extensionNumber="0102").number == "0102"


def test_extension_that_is_unassigned_needs_neither_number_nor_name() -> None:
    """The list holds such ones."""
    extension = parse_extension({"id": 1, "status": "Unassigned"}, Anomalies())

    assert (extension.number, extension.name, extension.type) == (None, None, None)
    assert not extension.can_be_monitored


_PERSONS = ("User", "DigitalUser", "VirtualUser", "FlexibleUser", "Limited")
_OTHERS = (
    "Department",
    "Announcement",
    "Voicemail",
    "FaxUser",
    "PagingOnly",
    "SharedLinesGroup",
    "IvrMenu",
    "ApplicationExtension",
    "ParkLocation",
    "Bot",
    "Room",
    "Site",
    "Unknown",
    "SomethingNew",
    None,
)


@pytest.mark.parametrize("kind", _PERSONS)
@pytest.mark.parametrize("status", ["Enabled", "NotActivated"])
def test_person_at_work_can_be_monitored(kind: str, status: str) -> None:
    """Also before the first sign-in: there are events."""
    assert parsed(type=kind, status=status).can_be_monitored


@pytest.mark.parametrize("kind", _OTHERS)
def test_what_is_no_person_has_no_presence(kind: str | None) -> None:
    """Queues, menus and the like."""
    extension = parsed(type=kind)

    assert not extension.is_person
    assert not extension.can_be_monitored


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "Disabled"},
        {"status": "Frozen"},
        {"status": "Unassigned"},
        {"status": None},
        {"hidden": True},
    ],
)
def test_person_who_is_deleted_or_hidden_is_not_offered(
    changed: dict[str, Any],
) -> None:
    """It is a person all the same."""
    extension = parsed(**changed)

    assert extension.is_person
    assert not extension.can_be_monitored


def test_lines_are_extensions_each_once_in_their_order() -> None:
    """Lines 1 and 2 are both the own extension."""
    json = {
        "records": [
            {"id": "1", "extension": {"id": "11"}},
            {"id": "2", "extension": {"id": 11}},
            {"id": "3", "extension": {"id": "13", "type": "ParkLocation"}},
            {"id": "4", "extension": {"id": "12"}},
            {"id": "5"},
            {"id": "6", "extension": {}},
        ]
    }

    assert parse_extension_ids(json, Anomalies()) == ["11", "13", "12"]


def test_favorites_are_extensions_and_no_personal_contacts() -> None:
    """Ids come as numbers or as text."""
    json = {
        "records": [
            {"id": 1, "extensionId": "12"},
            {"id": 2, "contactId": "99"},
            {"id": 3, "extensionId": 11},
            {"id": "4", "extensionId": "12"},
        ]
    }

    assert parse_extension_ids(json, Anomalies()) == ["12", "11"]


@pytest.mark.parametrize("bad", [None, {}, "x", 1])
def test_list_that_is_none_is_empty_and_counted(bad: object) -> None:
    """A list without its records is no list."""
    anomalies = Anomalies()

    assert parse_extension_ids({"records": bad}, anomalies) == []
    assert anomalies.counts == {"wrong type of records": 1}


def test_unusable_record_affects_no_other_and_is_counted() -> None:
    """One that is no object, and one without an id."""
    anomalies = Anomalies()
    json = {"records": [None, {"name": "no id"}, EXTENSION]}

    found = list(parse_each(parse_extension, json, anomalies))

    assert [extension.id for extension in found] == ["700000102016"]
    assert anomalies.counts == {
        "wrong type of records": 1,
        "ExtensionResource without id": 1,
    }


_KEYS = ("id", "records", "extension", "extensionId", "contact", "site", "hidden")
_ODD = st.one_of(
    json_objects,
    st.dictionaries(
        st.sampled_from(_KEYS),
        st.one_of(
            json_values,
            st.lists(
                st.dictionaries(st.sampled_from(_KEYS), json_values, max_size=3),
                max_size=3,
            ),
        ),
    ),
)


@given(_ODD)
def test_no_json_makes_the_parsers_raise_anything_else(json: Json) -> None:
    """Than `ParseError`, where there is no id."""
    for parse in (parse_account, parse_extension):
        try:
            assert parse(json, Anomalies()).id
        except ParseError:
            assert type(json.get("id")) is not int
    ids = parse_extension_ids(json, Anomalies())
    assert all(type(i) is str and i for i in ids)
    assert len(set(ids)) == len(ids)
