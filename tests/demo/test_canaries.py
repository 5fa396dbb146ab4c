"""Canaries: nothing personal or secret is in what Home Assistant leaves behind.

The whole demo runs as a program. Calls of three extensions carry words that stand nowhere
else; automations receive them, and Assist is asked about them. When Home Assistant has
stopped, every file of its folder is searched.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
import json
from pathlib import Path
import signal
import sqlite3
from typing import Final

from aiohttp import ClientSession
import pytest

from demo.assist import ask
from demo.groups import read_counted
from demo.phones import DOMAIN, Phone, phones
from demo.user import Json, User

from .test_demo import STOP_SECONDS, Demo, ready

pytestmark = pytest.mark.usefixtures("socket_enabled")

TRACES: Final = ".storage/trace.saved_traces"
RESTORED: Final = ".storage/core.restore_state"
CREDENTIALS: Final = ".storage/core.config_entries"
DATABASE: Final = "home-assistant_v2.db"
ROWS: Final = f"{DATABASE}, row by row"
PRINTED: Final = "printed"
DIAGNOSTICS: Final = "diagnostics"
PATIENCE_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Canaries:
    """What is personal about the calls of an extension."""

    extension: str
    caller: str
    caller_name: str
    called: str
    called_name: str
    remote_uri: str
    local_uri: str
    queue: str
    message: str

    @property
    def words(self) -> frozenset[str]:
        """What may be found nowhere; of numbers the last three digits are allowed."""
        return frozenset(
            {
                self.caller[1:-3],
                self.called[1:-3],
                *self.caller_name.split(),
                *self.called_name.split(),
                self.remote_uri,
                self.local_uri,
                self.queue,
                self.message,
            }
        )

    def call(self, number: int, status: str) -> Json:
        """Return a call as an event lists it."""
        return {
            "id": f"{self.extension}-{number}",
            "direction": "Inbound",
            "queueCall": True,
            "from": self.caller,
            "fromName": self.caller_name,
            "to": self.called,
            "toName": self.called_name,
            "telephonyStatus": status,
            "sessionId": f"{self.extension}-{number}",
            "telephonySessionId": f"s-{self.extension}-{number}",
            "partyId": f"p-{self.extension}-{number}",
            "sipData": {
                "toTag": "a-to-tag",
                "fromTag": "a-from-tag",
                "remoteUri": self.remote_uri,
                "localUri": self.local_uri,
            },
            "callInfo": {
                "primary": {"type": "QueueName", "value": self.queue},
                "additional": {"type": "CallerIdNumber", "value": self.caller},
            },
            "appearanceInfo": {"phoneNumber": self.called, "appearanceNumber": 1},
        }


TRACED: Final = Canaries(
    extension="102",
    caller="+19900770012345",
    caller_name="Quokkarina Zyxwvutson",
    called="+19900880012678",
    called_name="Potoroobert Dunnartsen",
    remote_uri="sip:bettongville@example.invalid",
    local_uri="sip:numbatstead@example.invalid",
    queue="Wallabyshire",
    message="Wombattery until noon",
)
UNTRACED: Final = Canaries(
    extension="103",
    caller="+18800770012345",
    caller_name="Axolotlina Yodellingsen",
    called="+18800880012678",
    called_name="Salamandreas Newtwell",
    remote_uri="sip:tadpolebury@example.invalid",
    local_uri="sip:froghampton@example.invalid",
    queue="Toadminster",
    message="Caecilian until noon",
)
ANNOUNCED: Final = Canaries(
    extension="104",
    caller="+17700770012345",
    caller_name="Chanterelline Morelsson",
    called="+17700880012678",
    called_name="Porcinius Truffleby",
    remote_uri="sip:mushroombury@example.invalid",
    local_uri="sip:toadstoolton@example.invalid",
    queue="Lichenshire",
    message="Bryophyte until noon",
)
PHONES: Final = (TRACED, UNTRACED, ANNOUNCED)
OWN_EXTENSION: Final = "101"
# Number and name of a caller who leaves a voicemail.
LEFT_BY: Final = ("+16600770012345", "Huckleberta Cranberrington")
VOICEMAIL_WORDS: Final = frozenset({LEFT_BY[0][1:-3], *LEFT_BY[1].split()})
ALL_WORDS: Final = TRACED.words | UNTRACED.words | ANNOUNCED.words

# What each level shows of the number and the name of the first caller.
SHOWN: Final = {
    "full": ("+19900770012345", "Quokkarina Zyxwvutson"),
    "masked": ("…345", "Q. Z."),
    "none": (None, None),
}
KINDS: Final = ("ringing", "held", "ended", "missed", "status", "presence", "team")


def listeners(phone: Phone, team_id: str) -> Iterator[tuple[str, Json]]:
    """Yield an automation for each trigger of a call or a message, and of a team.

    Each requests the calls as well, and notifies no one.
    """
    target = {"target": {"device_id": phone.device_id}}
    state = {"trigger": "state"}
    triggers: tuple[Json, ...] = (
        {"trigger": "ringcentral.started_ringing", **target},
        {"trigger": "ringcentral.call_held", **target},
        {"trigger": "ringcentral.call_ended", **target},
        {"trigger": "ringcentral.call_missed", **target},
        {**state, "entity_id": phone.telephony_status, "to": "on_hold"},
        {**state, "entity_id": phone.presence, "to": "busy"},
        {"trigger": "ringcentral.call_missed", "target": {"device_id": team_id}},
    )
    for kind, trigger in zip(KINDS, triggers, strict=True):
        yield (
            kind,
            {
                "alias": f"{kind} at {phone.telephony_status}",
                "triggers": trigger,
                "actions": [
                    {
                        "action": "ringcentral.get_calls",
                        "response_variable": "answer",
                        "target": {"device_id": [phone.device_id, team_id]},
                    },
                    {"variables": {"caller": "{{ trigger.caller | default }}"}},
                ],
            },
        )


def voicemail_listener(phone: Phone) -> Json:
    """Return an automation that receives who has left a voicemail."""
    return {
        "alias": f"voicemail at {phone.telephony_status}",
        "triggers": {
            "trigger": "ringcentral.voicemail_left",
            "target": {"device_id": phone.device_id},
        },
        "actions": {"variables": {"caller": "{{ trigger.caller }}"}},
    }


def announcer(phone: Phone) -> Json:
    """Return an automation that reports the caller on hold to another user."""
    return {
        "alias": f"announcement at {phone.telephony_status}",
        "triggers": {
            "trigger": "ringcentral.call_held",
            "target": {"device_id": phone.device_id},
        },
        "actions": {
            "action": "persistent_notification.create",
            "data": {
                "message": "{{ trigger.caller_number }} {{ trigger.caller_name }}"
            },
        },
        "trace": {"stored_traces": 0},
    }


class Office:
    """Three phones as Home Assistant shows them, and the platform that they belong to."""

    def __init__(
        self, user: User, simulator: ClientSession, found: Mapping[str, Phone]
    ) -> None:
        """Initialize with the phones by extension number."""
        self._user = user
        self._simulator = simulator
        self._phones = found

    async def add_teams(self) -> dict[str, str]:
        """Add a team of each phone; return their device ids by extension number."""
        names = {f"Team {canaries.extension}": canaries for canaries in PHONES}
        [entry] = await self._user.config_entries(DOMAIN)
        for name, canaries in names.items():
            team = {"name": name, "extensions": [await self._extension_id(canaries)]}
            await self._user.add_subentry(entry.entry_id, "group", {"team": team})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = {
                    names[group.name].extension: group.device_id
                    for group in await read_counted(self._user)
                    if group.name in names
                }
                if len(found) == len(names):
                    return found
                await asyncio.sleep(0.1)

    async def automate(self, teams: Mapping[str, str]) -> None:
        """Make the automations: one phone has traces, one an announcement."""
        save = self._user.save_automation
        number = TRACED.extension
        for kind, automation in listeners(self._phones[number], teams[number]):
            await save(f"traced_{kind}", automation)
        number = UNTRACED.extension
        for kind, automation in listeners(self._phones[number], teams[number]):
            await save(
                f"untraced_{kind}", {**automation, "trace": {"stored_traces": 0}}
            )
        voicemail = voicemail_listener(self._phones[OWN_EXTENSION])
        await save("traced_voicemail", voicemail)
        await save("untraced_voicemail", {**voicemail, "trace": {"stored_traces": 0}})
        await save("announcement", announcer(self._phones[ANNOUNCED.extension]))

    async def send_presence(self) -> None:
        """Let all people be busy, with a message."""
        for canaries in PHONES:
            await self._notify(
                canaries, presenceStatus="Busy", message=canaries.message
            )
        await self._until_shown("presence", "busy")

    async def call(self, number: int, status: str, shown: str) -> None:
        """Let a call of each phone come to a status, and wait until it is shown."""
        for canaries in PHONES:
            call = canaries.call(number, status)
            await self._notify(
                canaries,
                telephonyStatus=status,
                activeCalls=[call],
                totalActiveCalls=int(status != "NoCall"),
            )
        await self._until_shown("telephony_status", shown)

    async def leave_voicemail(self) -> None:
        """Leave a voicemail for the signed-in user."""
        number, name = LEFT_BY
        async with self._simulator.post(
            f"/simulator/extensions/{OWN_EXTENSION}/voicemails",
            json={"from": number, "fromName": name},
        ) as answer:
            assert answer.status == 201

    async def all_automations_have_run(self) -> None:
        """Wait for the last one: a missed call is reported after some seconds."""
        await self._wait(
            "{{ states.automation | selectattr('attributes.last_triggered')"
            " | list | count == states.automation | list | count }}"
        )

    async def states(self) -> str:
        """Return everything that is shown."""
        return json.dumps(await self._user.command("get_states"), ensure_ascii=False)

    async def shown_callers(self) -> list[tuple[str | None, str | None]]:
        """Return number and name of the first caller as phone and team show them."""
        entity_ids = {
            self._phones[TRACED.extension].telephony_status,
            f"sensor.team_{TRACED.extension}_current_calls",
        }
        return [
            (call["from"], call["from_name"])
            for state in await self._user.command("get_states")
            if state["entity_id"] in entity_ids
            for call in state["attributes"]["active_calls"]
        ]

    async def _notify(self, canaries: Canaries, **body: object) -> None:
        body["extensionId"] = await self._extension_id(canaries)
        async with self._simulator.post(
            "/simulator/notifications", json={"body": body}
        ) as answer:
            assert (await answer.json())["sent"] == 1

    async def _extension_id(self, canaries: Canaries) -> str:
        async with self._simulator.get("/simulator") as answer:
            return next(
                str(extension["id"])
                for extension in (await answer.json())["extensions"]
                if extension["extensionNumber"] == canaries.extension
            )

    async def _until_shown(self, sensor: str, state: str) -> None:
        for phone in (self._phones[canaries.extension] for canaries in PHONES):
            await self._wait(
                f"{{{{ is_state('{getattr(phone, sensor)}', '{state}') }}}}"
            )

    async def until_teams_show(self, status: str) -> None:
        """Wait until each team shows its call with this status."""
        for canaries in PHONES:
            calls = f"sensor.team_{canaries.extension}_current_calls"
            await self._wait(
                f"{{{{ state_attr('{calls}', 'active_calls')"
                f" | map(attribute='telephony_status') | list == ['{status}'] }}}}"
            )

    async def _wait(self, template: str) -> None:
        """Let Home Assistant wait until a template is true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._user.command(
                "execute_script", sequence=[{"wait_template": template}]
            )


@asynccontextmanager
async def office(user: User, address: str) -> AsyncGenerator[Office]:
    """Find the phones."""
    found = list(
        phones(
            await user.command("config/device_registry/list"),
            await user.command("config/entity_registry/list"),
        )
    )
    async with ClientSession(address) as simulator:
        yield Office(
            user,
            simulator,
            {
                number: next(
                    phone for phone in found if f"_{number}_" in phone.telephony_status
                )
                for number in (OWN_EXTENSION, *[c.extension for c in PHONES])
            },
        )


async def traces(user: User) -> dict[str, str]:
    """Return the traces of the automations as the editor shows them."""
    found: dict[str, str] = {}
    for trace in await user.command("trace/list", domain="automation"):
        item = {key: trace[key] for key in ("domain", "item_id", "run_id")}
        shown = await user.command("trace/get", **item)
        found[trace["item_id"]] = json.dumps(shown, ensure_ascii=False)
    return found


@asynccontextmanager
async def listening_to(demo: Demo) -> AsyncGenerator[asyncio.Task[bytes]]:
    """Read what the demo prints: it must not have to wait with its output."""
    assert demo.process.stdout is not None
    reading = asyncio.create_task(demo.process.stdout.read())
    try:
        yield reading
    finally:
        reading.cancel()
        await asyncio.wait([reading])


async def stop(demo: Demo, reading: asyncio.Task[bytes]) -> str:
    """Stop the demo; return what it has printed."""
    demo.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(STOP_SECONDS):
        printed = demo.printed + (await reading).decode()
        assert await demo.process.wait() == 0
    return printed


def left_behind(folder: Path) -> dict[str, str]:
    """Return each file; of the database also each row, since pages cut texts in two."""
    files = {
        str(path.relative_to(folder)): path.read_bytes().decode("utf-8", "replace")
        for path in folder.rglob("*")
        if path.is_file()
    }
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        files[ROWS] = "\n".join(database.iterdump())
    return files


def found_in(files: Mapping[str, str], words: Iterable[str]) -> dict[str, set[str]]:
    """Return where each of the words is found, if anywhere."""
    lower = {name: text.lower() for name, text in files.items()}
    places = {
        word: {name for name, text in lower.items() if word.lower() in text}
        for word in words
    }
    return {word: names for word, names in places.items() if names}


def each(words: Iterable[str], *places: str) -> dict[str, set[str]]:
    """Return that each of the words is found in all of these places and in no other."""
    return {word: {*places} for word in words}


def entry_of(files: Mapping[str, str]) -> Json:
    """Return the account as Home Assistant keeps it."""
    [entry] = [
        entry
        for entry in json.loads(files[CREDENTIALS])["data"]["entries"]
        if entry["domain"] == DOMAIN
    ]
    found: Json = entry
    return found


def identities(files: Mapping[str, str]) -> set[str]:
    """Return the identifiers of this account, its user and its app."""
    entry = entry_of(files)
    ids = ("account_id", "extension_id", "client_id", "server")
    return {entry["unique_id"], *(entry["data"][name] for name in ids)}


def secrets(files: Mapping[str, str]) -> dict[str, str]:
    """Return what is secret of the account, and the one place where it may be."""
    entry = entry_of(files)
    data = entry["data"]
    session = f".storage/{DOMAIN}.{entry['entry_id']}"
    return {
        data["jwt"]: CREDENTIALS,
        data["client_secret"]: CREDENTIALS,
        data["storage_key"]: CREDENTIALS,
        data["token"]["access_token"]: CREDENTIALS,
        data["token"]["refresh_token"]: CREDENTIALS,
        json.loads(files[session])["data"]["session"]["token"]: session,
    }


@pytest.mark.parametrize("privacy", ["full", "masked", "none"])
async def test_nothing_personal_or_secret_is_left_behind(
    privacy: str, tmp_path: Path
) -> None:
    """Except, at the full level, in the traces of automations that keep any."""
    async with (
        ready(
            *("--config-dir", str(tmp_path), "--debug", "--privacy", privacy),
            *("--scenario", "quiet", "--extensions", "4"),
        ) as demo,
        listening_to(demo) as reading,
    ):
        async with (
            User.signed_in(demo.addresses["Home Assistant"]) as user,
            office(user, demo.addresses["Simulator"]) as phones_of_office,
        ):
            await user.command(
                "call_service",
                domain="logger",
                service="set_default_level",
                service_data={"level": "info"},
            )
            await phones_of_office.automate(await phones_of_office.add_teams())
            await phones_of_office.leave_voicemail()
            await phones_of_office.send_presence()
            # A snapshot does not have what was sent.
            states = await phones_of_office.states()
            await phones_of_office.call(1, "Ringing", "ringing")
            assert (SHOWN[privacy][1] or "ringing") in await ask(
                user, "Who is calling?"
            )
            await phones_of_office.call(1, "CallConnected", "call_connected")
            await phones_of_office.call(1, "OnHold", "on_hold")
            await phones_of_office.until_teams_show("on_hold")
            states += await phones_of_office.states()
            assert await phones_of_office.shown_callers() == [SHOWN[privacy]] * 2
            await phones_of_office.call(1, "NoCall", "no_call")
            await phones_of_office.call(2, "Ringing", "ringing")
            await phones_of_office.call(2, "NoCall", "no_call")
            await phones_of_office.all_automations_have_run()
            shown_traces = await traces(user)
            [entry] = await user.config_entries(DOMAIN)
            diagnostics = await user.diagnostics(entry.entry_id)
        printed = await stop(demo, reading)

    live = {"states": states, "traces": "".join(shown_traces.values())}
    files = left_behind(tmp_path)
    assert {*shown_traces} == {f"traced_{kind}" for kind in (*KINDS, "voicemail")}
    # The search would find the canaries, and there was something to find.
    for word in SHOWN[privacy]:
        assert word is None or all(word in text for text in live.values())
    assert all(f"s-{TRACED.extension}-1" in text for text in live.values())
    database = files[ROWS]
    recorded = ("on_hold", "automation_triggered", "sensor.team_102_missed_today")
    assert all(word in database for word in recorded)
    assert "Running automation actions" in files["home-assistant.log"]
    assert "ringing_seconds" in files[RESTORED]
    assert diagnostics is not None
    assert '"state": "push"' in diagnostics

    assert found_in({DIAGNOSTICS: diagnostics}, identities(files)) == {}
    files |= {PRINTED: printed, DIAGNOSTICS: diagnostics}
    if privacy == "full":
        assert found_in(live, TRACED.words) == each(TRACED.words, "states", "traces")
        others = UNTRACED.words | ANNOUNCED.words
        assert found_in(live, others) == each(others, "states")
        assert found_in(files, TRACED.words) == each(TRACED.words, TRACES)
        assert found_in(files, UNTRACED.words) == {}
        assert found_in(live, VOICEMAIL_WORDS) == each(VOICEMAIL_WORDS, "traces")
        assert found_in(files, VOICEMAIL_WORDS) == each(VOICEMAIL_WORDS, TRACES)
        # Home Assistant records every action with its data.
        announced = {ANNOUNCED.caller[1:-3], *ANNOUNCED.caller_name.split()}
        assert found_in(files, ANNOUNCED.words) == each(announced, DATABASE, ROWS)
    else:
        assert found_in(live | files, ALL_WORDS | VOICEMAIL_WORDS) == {}
    assert found_in(files, {f"s-{UNTRACED.extension}-1"}) == {}
    assert found_in(files, secrets(files)) == {
        secret: {place} for secret, place in secrets(files).items()
    }
