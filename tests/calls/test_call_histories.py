"""Histories of calls: what the platform tells, and exactly which call events come of it.

The table is the specification. Its histories go through parser, book and log, and those
that consist of notifications alone from a simulated platform to the event entities.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Final

from freezegun.api import FrozenDateTimeFactory
from hypothesis import given, settings, strategies as st
import pytest

from custom_components.ringcentral.api.models.presence import PresenceEvent
from custom_components.ringcentral.calls.lifecycle import (
    CallDurations,
    CallEvent,
    CallEventType,
)
from custom_components.ringcentral.calls.tracker import MAX_RING_PAUSE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from simulator import IllegalMoveError, Simulator, Switches
from simulator.company.calls import MOVES

from ..clockwork import Clockwork
from ..common import add_account
from ..strategies import MIDNIGHT
from ..switchboard import NUMBERS, Side, Switchboard
from .call_histories import (
    OUTBOUND,
    PHONES,
    QUEUE,
    History,
    Kill,
    Listener,
    Restart,
    Silence,
    Told,
    as_text,
    heard_in,
    on_hold,
    over,
    parked,
    replayed,
    ringing,
    shown,
    talking,
    text,
    told,
    undated,
)

# What happens, and what comes of it; each event with or without its durations: the
# seconds of ringing, talking and holding.
HISTORIES: Final[dict[str, tuple[History, list[str]]]] = {
    # One call
    "answered": (
        [told(0, "A", ringing("A1")), told(5, "A", talking("A1")), told(65, "A")],
        ["A1 ringing 0/0/0", "A1 answered 5/0/0", "A1 ended 5/60/0"],
    ),
    "not answered": (
        [told(0, "A", ringing("A1")), told(20, "A", over("A1"))],
        ["A1 ringing 0/0/0", "A1 missed 20/0/0"],
    ),
    "announced with delay": (
        [
            told(0.4, "A", ringing("A1", startTime=0)),
            told(2.5, "A", talking("A1")),
        ],
        ["A1 ringing 0.4/0/0", "A1 answered 2.5/0/0"],
    ),
    "given up at once": (
        [told(0, "A", ringing("A1")), told(0.05, "A", over("A1"))],
        ["A1 ringing", "A1 missed 0.05/0/0"],
    ),
    "listed only after its end": ([told(0, "A", over("A1"))], []),
    "put on hold again and again": (
        [
            told(0, "A", ringing("A1")),
            told(2, "A", talking("A1")),
            told(10, "A", on_hold("A1")),
            told(40, "A", talking("A1")),
            told(45, "A", on_hold("A1")),
            told(46.5, "A", over("A1")),
        ],
        [
            "A1 ringing",
            "A1 answered 2/0/0",
            "A1 held 2/8/0",
            "A1 resumed 2/8/30",
            "A1 held 2/13/30",
            "A1 ended 2/13/31.5",
        ],
    ),
    "outbound": (
        [
            told(0, "A", ringing("A1", **OUTBOUND)),
            told(7, "A", talking("A1", **OUTBOUND)),
            told(9, "A", over("A1", **OUTBOUND)),
        ],
        ["A1 dialing 0/0/0", "A1 answered 7/0/0", "A1 ended 7/2/0"],
    ),
    "outbound, not answered": (
        [
            told(0, "A", ringing("A1", **OUTBOUND)),
            told(30, "A", over("A1", **OUTBOUND)),
        ],
        ["A1 dialing", "A1 ended 30/0/0"],
    ),
    "parked and taken back": (
        [
            told(0, "A", ringing("A1")),
            told(1, "A", talking("A1")),
            told(4, "A", parked("A1")),
            told(60, "A", talking("A1")),
            told(62, "A"),
        ],
        [
            "A1 ringing",
            "A1 answered",
            "A1 parked 1/3/0",
            "A1 unparked 1/3/0",
            "A1 ended 1/5/0",
        ],
    ),
    "parked, and picked up by a colleague": (
        [
            told(0, "A", talking("A1")),
            told(4, "A", parked("A1")),
            told(30, "A", over("A1")),
            told(30, "B", talking("B1")),
        ],
        ["A1 answered", "A1 parked", "A1 ended -/4/0", "B1 answered -/0/0"],
    ),
    "on hold before its answer was told": (
        [told(0, "A", ringing("A1")), told(9, "A", on_hold("A1"))],
        ["A1 ringing", "A1 answered 9/0/0", "A1 held 9/0/0"],
    ),
    # Several calls
    "second call beside the first, missed": (
        [
            told(0, "A", ringing("A1")),
            told(3, "A", talking("A1")),
            told(10, "A", talking("A1"), ringing("A2")),
            told(25, "A", talking("A1"), over("A2")),
            told(33, "A", over("A1")),
        ],
        [
            "A1 ringing",
            "A1 answered",
            "A2 ringing 0/0/0",
            "A2 missed 15/0/0",
            "A1 ended 3/30/0",
        ],
    ),
    "second call taken, the first one on hold meanwhile": (
        [
            told(0, "A", talking("A1")),
            told(5, "A", talking("A1"), ringing("A2")),
            told(8, "A", on_hold("A1"), talking("A2")),
            told(20, "A", on_hold("A1"), over("A2")),
            told(21, "A", talking("A1")),
        ],
        [
            "A1 answered",
            "A2 ringing",
            "A1 held -/8/0",
            "A2 answered 3/0/0",
            "A2 ended 3/12/0",
            "A1 resumed -/8/13",
        ],
    ),
    "two ring at once, one is answered": (
        [
            told(0, "A", ringing("A1"), ringing("A2")),
            told(4, "A", talking("A1"), ringing("A2")),
            told(9, "A", talking("A1")),
        ],
        ["A1 ringing", "A2 ringing", "A1 answered 4/0/0", "A2 missed 9/0/0"],
    ),
    "a call ends as the next one rings": (
        [
            told(0, "A", talking("A1")),
            told(9, "A", over("A1"), ringing("A2")),
        ],
        ["A1 answered", "A1 ended -/9/0", "A2 ringing 0/0/0"],
    ),
    # Several phones
    "ring group: a colleague answers": (
        [
            told(0, "A", ringing("A1")),
            told(0, "B", ringing("B1")),
            told(6, "B", talking("B1")),
            told(6, "A", over("A1")),
            told(10, "B", over("B1")),
        ],
        [
            "A1 ringing",
            "B1 ringing",
            "B1 answered 6/0/0",
            "B1 ended 6/4/0",
            "A1 missed 6/0/0",
        ],
    ),
    "queue call: declined by one, missed by another, answered by a third": (
        [
            *(told(0, p, ringing(f"{p}1", **QUEUE)) for p in PHONES),
            told(4, "A", over("A1", **QUEUE)),
            told(9, "C", talking("C1", **QUEUE)),
            told(9, "B", over("B1", **QUEUE)),
            told(10, "A"),
        ],
        [
            "A1 ringing",
            "B1 ringing",
            "C1 ringing",
            "C1 answered 9/0/0",
            "A1 missed 4/0/0",
            "B1 missed 9/0/0",
        ],
    ),
    "answered on another device of the extension": (
        [
            told(0, "A", ringing("A1", id="s-1")),
            told(4, "A", talking("A1", id="4f2c")),
            told(5, "A", talking("A1", id="93ab")),
        ],
        ["A1 ringing", "A1 answered 4/0/0"],
    ),
    "transferred blindly": (
        [
            told(0, "A", talking("A1")),
            told(9, "A", over("A1")),
            told(9, "B", ringing("B1")),
            told(12, "B", talking("B1")),
        ],
        ["A1 answered", "A1 ended -/9/0", "B1 ringing 0/0/0", "B1 answered 3/0/0"],
    ),
    "transferred after a talk with the colleague": (
        [
            told(0, "A", talking("A1")),
            told(5, "A", on_hold("A1")),
            told(6, "A", on_hold("A1"), ringing("A2", **OUTBOUND)),
            told(6, "B", ringing("B2")),
            told(8, "B", talking("B2")),
            told(8, "A", on_hold("A1"), talking("A2", **OUTBOUND)),
            told(15, "A", over("A1"), over("A2", **OUTBOUND)),
            told(15, "B", over("B2"), talking("B1")),
        ],
        [
            "A1 answered",
            "A1 held",
            "A2 dialing",
            "B2 ringing",
            "B2 answered",
            "A2 answered",
            "A1 ended -/5/10",
            "A2 ended 2/7/0",
            "B2 ended 2/7/0",
            "B1 answered -/0/0",
        ],
    ),
    # Rings that stop for a moment
    "flapping, then answered": (
        [
            told(0, "A", ringing("A1")),
            told(2, "A", over("A1")),
            told(3, "A", ringing("A1")),
            told(6, "A", talking("A1")),
            told(9, "A", over("A1")),
        ],
        ["A1 ringing 0/0/0", "A1 answered 6/0/0", "A1 ended 6/3/0"],
    ),
    "flapping twice, never answered": (
        [
            told(0, "A", ringing("A1")),
            told(2, "A", over("A1")),
            told(4, "A", ringing("A1")),
            told(5, "A"),
            told(6, "A", ringing("A1")),
            told(10, "A", over("A1")),
        ],
        ["A1 ringing", "A1 missed 10/0/0"],
    ),
    "connected after it stopped ringing": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            told(4.2, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 4.2/0/0"],
    ),
    "on hold after it stopped ringing": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            told(5, "A", on_hold("A1")),
        ],
        ["A1 ringing", "A1 answered", "A1 held"],
    ),
    "rings again after exactly three seconds": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            told(7, "A", ringing("A1")),
            told(8, "A", over("A1")),
        ],
        ["A1 ringing", "A1 missed 8/0/0"],
    ),
    "rings again after more than three seconds": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            told(7.001, "A", ringing("A1", startTime=None)),
            told(8, "A", over("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing 0/0/0", "A1 missed 0.999/0/0"],
    ),
    "rings again after a silence, by whatever times": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            Silence(),
            told(5, "A", ringing("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing"],
    ),
    "flapping beside a call in progress": (
        [
            told(0, "A", talking("A1")),
            told(1, "A", talking("A1"), ringing("A2")),
            told(2, "A", talking("A1")),
            told(3, "A", on_hold("A1"), ringing("A2")),
            told(4, "A", on_hold("A1"), talking("A2")),
        ],
        ["A1 answered", "A2 ringing", "A1 held", "A2 answered 3/0/0"],
    ),
    "flapping of an outbound call is none": (
        [
            told(0, "A", ringing("A1", **OUTBOUND)),
            told(1, "A", over("A1", **OUTBOUND)),
            told(2, "A", ringing("A1", **OUTBOUND)),
        ],
        ["A1 dialing", "A1 ended", "A1 dialing"],
    ),
    "another call rings as the first one stops": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            told(5, "A", ringing("A2")),
            told(7.5, "A", ringing("A2")),
        ],
        ["A1 ringing", "A2 ringing", "A1 missed 4/0/0"],
    ),
    # Replays
    "replayed together, though a minute lies between them": (
        [
            replayed(0, "A", ringing("A1")),
            replayed(9, "A", over("A1")),
            replayed(60, "A", ringing("A1", startTime=None)),
            replayed(61, "A", over("A1")),
            told(120, "A", ringing("A2")),
        ],
        [
            "A1 ringing~ 0/0/0",
            "A1 missed~ 9/0/0",
            "A1 ringing~ 0/0/0",
            "A1 missed~ 1/0/0",
            "A2 ringing 0/0/0",
        ],
    ),
    "replayed until the answer, fresh from then on": (
        [
            replayed(0, "A", ringing("A1")),
            replayed(9, "A", talking("A1")),
            told(30, "A", over("A1")),
        ],
        ["A1 ringing~", "A1 answered~ 9/0/0", "A1 ended 9/21/0"],
    ),
    # Snapshots
    "ringing in a snapshot first": (
        [
            shown(10, "A", ringing("A1", startTime=4)),
            told(12, "A", talking("A1")),
            told(20, "A"),
        ],
        ["A1 answered 8/0/0", "A1 ended 8/8/0"],
    ),
    "connected in a snapshot first": (
        [
            shown(10, "A", talking("A1")),
            told(12, "A", on_hold("A1")),
            told(20, "A"),
        ],
        ["A1 held -/2/0", "A1 ended -/2/8"],
    ),
    "ringing in a snapshot, and announced after it": (
        [
            shown(2, "A", ringing("A1", startTime=1.5)),
            told(1.7, "A", ringing("A1", startTime=1.5)),
            told(5, "A", talking("A1")),
        ],
        ["A1 ringing 0.2/0/0", "A1 answered 3.5/0/0"],
    ),
    "no longer in a snapshot": (
        [
            told(0, "A", ringing("A1")),
            told(3, "A", talking("A1")),
            shown(60, "A"),
            told(70, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 ended* 3/57/0"],
    ),
    "ringing, and no longer in a snapshot": (
        [told(0, "A", ringing("A1")), shown(60, "A")],
        ["A1 ringing", "A1 ended* 60/0/0"],
    ),
    "further on in a snapshot": (
        [
            told(0, "A", ringing("A1")),
            shown(60, "A", on_hold("A1")),
            told(61, "A", talking("A1")),
        ],
        [
            "A1 ringing",
            "A1 answered* 60/0/0",
            "A1 held* 60/0/0",
            "A1 resumed 60/0/1",
        ],
    ),
    "a snapshot soon after the ring has stopped": (
        [told(0, "A", ringing("A1")), told(4, "A", over("A1")), shown(5, "A")],
        ["A1 ringing", "A1 missed 4/0/0"],
    ),
    "a snapshot long after the ring has stopped": (
        [told(0, "A", ringing("A1")), told(4, "A", over("A1")), shown(9, "A")],
        ["A1 ringing", "A1 missed 4/0/0"],
    ),
    "ringing in a snapshot soon after it has stopped": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            shown(6, "A", ringing("A1")),
            told(6, "A", ringing("A1")),
            told(9, "A", over("A1")),
        ],
        ["A1 ringing", "A1 missed 9/0/0"],
    ),
    "connected in a snapshot soon after it has stopped ringing": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            shown(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered* 5/0/0"],
    ),
    "connected in a snapshot long after it has stopped ringing": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            shown(15, "A", talking("A1")),
            told(20, "A"),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ended -/5/0"],
    ),
    # Restarts
    "restart during the call": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", talking("A1")),
            Restart(),
            replayed(20, "A", on_hold("A1")),
            told(30, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 held~ 4/16/0", "A1 ended 4/16/10"],
    ),
    "restart as the ring has stopped": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", over("A1")),
            Restart(),
            replayed(5, "A", ringing("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing~"],
    ),
    "killed during the call": (
        [
            told(0, "A", ringing("A1")),
            told(4, "A", talking("A1")),
            Kill(),
            shown(20, "A", talking("A1")),
            told(30, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 ended -/10/0"],
    ),
    # What the platform leaves out, repeats, or tells in an odd way
    "ended without a list": (
        [
            told(0, "A", ringing("A1"), talking("A2")),
            told(5, "A", activeCalls=...),
        ],
        ["A1 ringing", "A2 answered", "A2 ended -/5/0", "A1 missed 5/0/0"],
    ),
    "another setting changed meanwhile": (
        [
            told(0, "A", ringing("A1")),
            told(
                3,
                "A",
                telephonyStatus=...,
                activeCalls=...,
                dndStatus="DoNotAcceptAnyCalls",
            ),
            told(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 5/0/0"],
    ),
    "status without a list": (
        [
            told(0, "A", ringing("A1")),
            told(3, "A", telephonyStatus="CallConnected", activeCalls=...),
            told(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 5/0/0"],
    ),
    "ended without a reason": (
        [
            told(0, "A", talking("A1")),
            told(5, "A", over("A1", terminationType=None)),
        ],
        ["A1 answered", "A1 ended -/5/0"],
    ),
    "told twice, and once too late": (
        [
            told(0, "A", ringing("A1"), sequence=10),
            told(0, "A", ringing("A1"), sequence=10),
            told(4, "A", talking("A1"), sequence=12),
            told(3, "A", ringing("A1"), sequence=11),
            told(9, "A", over("A1"), sequence=13),
        ],
        ["A1 ringing", "A1 answered 4/0/0", "A1 ended 4/5/0"],
    ),
    "an unknown word in between": (
        [
            told(0, "A", ringing("A1")),
            told(2, "A", ringing("A1", telephonyStatus="Yodelling")),
            told(5, "A", talking("A1")),
            told(9, "A"),
        ],
        ["A1 ringing", "A1 answered 2/0/0", "A1 ended 2/4/0"],
    ),
    "an unknown word, and the former one again": (
        [
            told(0, "A", talking("A1")),
            told(60, "A", talking("A1", telephonyStatus="Yodelling")),
            told(61, "A", talking("A1")),
            told(3600, "A"),
        ],
        ["A1 answered", "A1 ended -/3599/0"],
    ),
    "an unknown word at the end": (
        [
            told(0, "A", talking("A1")),
            told(2, "A", talking("A1", telephonyStatus="Yodelling")),
            told(5, "A"),
        ],
        ["A1 answered", "A1 ended -/2/0"],
    ),
    "a status left out in between": (
        [
            told(0, "A", talking("A1")),
            told(2, "A", talking("A1", telephonyStatus=None)),
            told(5, "A", talking("A1")),
            told(9, "A"),
        ],
        ["A1 answered", "A1 ended -/9/0"],
    ),
    "nothing but an answer and an end without times": (
        [undated(0, "A", talking("A1")), undated(9, "A")],
        ["A1 answered -/-/0", "A1 ended -/-/0"],
    ),
    "an answer without a time": (
        [
            told(0, "A", ringing("A1")),
            undated(4, "A", talking("A1")),
            told(9, "A", on_hold("A1")),
            told(12, "A"),
        ],
        [
            "A1 ringing 0/0/0",
            "A1 answered -/-/0",
            "A1 held -/-/0",
            "A1 ended -/-/3",
        ],
    ),
    "flapping without times": (
        [
            undated(0, "A", ringing("A1")),
            undated(0, "A", over("A1")),
            undated(0, "A", ringing("A1")),
            undated(0, "A", over("A1")),
        ],
        ["A1 ringing -/0/0", "A1 missed -/0/0"],
    ),
    "times that run back": (
        [
            told(5, "A", ringing("A1", startTime=6)),
            told(4, "A", talking("A1")),
            told(3, "A", on_hold("A1")),
            told(8, "A"),
        ],
        [
            "A1 ringing 0/0/0",
            "A1 answered 0/0/0",
            "A1 held 0/0/0",
            "A1 ended 0/0/3",
        ],
    ),
    "a call that is known by its session alone": (
        [
            told(0, "A", ringing("A1", partyId=None)),
            told(5, "A", talking("A1", partyId=None)),
            told(8, "A", over("A1", partyId=None)),
        ],
        ["A1 ringing", "A1 answered 5/0/0", "A1 ended 5/3/0"],
    ),
    "calls that are known by nothing but an old kind of session": (
        [
            told(0, "A", talking("A1", telephonySessionId=None)),
            told(5, "A", ringing("A2", telephonySessionId=None)),
        ],
        ["A? answered -/0/0", "A? ended -/5/0", "A? ringing 0/0/0"],
    ),
    # One's own number: two parties of one session at one phone
    "own number, only the party listed that has changed": (
        [
            told(0, "A", ringing("A1/1", **OUTBOUND)),
            told(0.2, "A", ringing("A1/2")),
            told(4, "A", talking("A1/2")),
            told(4, "A", talking("A1/1", **OUTBOUND)),
            told(9, "A", over("A1/1", **OUTBOUND)),
            told(9.05, "A", over("A1/2")),
        ],
        [
            "A1/1 dialing 0/0/0",
            "A1/2 ringing 0/0/0",
            "A1/2 answered 3.8/0/0",
            "A1/1 answered 4/0/0",
            "A1/1 ended 4/5/0",
            "A1/2 ended 3.8/5/0",
        ],
    ),
    "own number, not answered": (
        [
            told(0, "A", ringing("A1/1", **OUTBOUND)),
            told(0, "A", ringing("A1/2")),
            told(9, "A", over("A1/2")),
            told(9.05, "A", over("A1/1", **OUTBOUND)),
        ],
        ["A1/1 dialing", "A1/2 ringing", "A1/1 ended 9/0/0", "A1/2 missed 9/0/0"],
    ),
    "own number beside another call": (
        [
            told(0, "A", on_hold("A2")),
            told(1, "A", on_hold("A2"), ringing("A1/1", **OUTBOUND)),
            told(1, "A", on_hold("A2"), ringing("A1/2")),
            told(4, "A", on_hold("A2"), talking("A1/2")),
            told(4, "A", on_hold("A2"), talking("A1/1", **OUTBOUND)),
            told(9, "A", on_hold("A2"), over("A1/1", **OUTBOUND)),
            told(9.05, "A", on_hold("A2"), over("A1/2")),
            told(10, "A"),
        ],
        [
            "A2 held",
            "A1/1 dialing",
            "A1/2 ringing",
            "A1/2 answered",
            "A1/1 answered",
            "A1/1 ended",
            "A1/2 ended",
            "A2 ended",
        ],
    ),
    "own number, both parties listed": (
        [
            told(0, "A", ringing("A1/1", **OUTBOUND), ringing("A1/2")),
            told(4, "A", talking("A1/1", **OUTBOUND), talking("A1/2")),
            told(9, "A", over("A1/1", **OUTBOUND)),
            told(9, "A", over("A1/2")),
        ],
        [
            "A1/1 dialing",
            "A1/2 ringing",
            "A1/1 answered",
            "A1/2 answered",
            "A1/1 ended",
            "A1/2 ended",
        ],
    ),
    "own number, one party gone without a word": (
        [
            told(0, "A", talking("A1/1", **OUTBOUND), talking("A1/2")),
            told(5, "A", talking("A1/1", **OUTBOUND)),
            shown(60, "A", talking("A1/1", **OUTBOUND)),
        ],
        ["A1/1 answered", "A1/2 answered", "A1/2 ended* -/60/0"],
    ),
}

_OVER_THE_WIRE: Final = [
    name
    for name, (history, _) in HISTORIES.items()
    # Of the one left out, the platform is asked by REST.
    if name != "status without a list"
    if all(
        isinstance(s, Silence) or (isinstance(s, Told) and s.by == "event")
        for s in history
    )
]


def _assert_as_told(heard: Iterable[str], expected: Iterable[str]) -> None:
    """Compare; durations only where they are expected."""
    expected = list(expected)
    shortened = [
        text if len(wanted.split()) > 2 else text.rpartition(" ")[0]
        for text, wanted in zip_longest(heard, expected, fillvalue="nothing - -")
    ]
    assert shortened == expected


@pytest.mark.parametrize(
    ("history", "expected"), HISTORIES.values(), ids=HISTORIES.keys()
)
def test_what_happened_follows_from_what_was_told(
    history: History, expected: list[str]
) -> None:
    """Each event once, in order, and no other."""
    heard = heard_in(history, MIDNIGHT)
    _assert_as_told(
        [as_text(phone, event, with_durations=True) for phone, event in heard],
        expected,
    )


@pytest.mark.freeze_time("2026-03-02 09:00:00", tick=True)
@pytest.mark.parametrize("name", _OVER_THE_WIRE)
async def test_event_entities_show_what_happened(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    name: str,
) -> None:
    """Whatever was told, all the way from the platform."""
    history, expected = HISTORIES[name]
    numbers = dict(zip(PHONES, ("102", "103", "104"), strict=True))
    account = await add_account(hass, simulator, groups=[], extensions=numbers.values())
    phones = {account.entity_id(n, "calls", "event"): p for p, n in numbers.items()}
    heard: list[str] = []

    @callback
    def hear(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        assert state is not None
        shown = state.attributes
        heard.append(
            text(
                phones[event.data["entity_id"]],
                shown["telephony_session_id"],
                shown["party_id"],
                shown["event_type"],
                CallDurations(
                    ringing=shown["ringing_seconds"],
                    talking=shown["talking_seconds"],
                    held=shown["held_seconds"],
                ),
                is_reconstructed=shown["reconstructed"],
                is_replayed=shown["replayed"],
            )
        )

    stop = async_track_state_change_event(hass, [str(i) for i in phones], hear)
    clockwork = Clockwork(freezer)
    # After the first picture.
    begin = dt_util.utcnow() + timedelta(minutes=1)
    starts: dict[str, datetime] = {}
    silence = MAX_RING_PAUSE.total_seconds() + 1
    for step in history:
        if isinstance(step, Told):
            extension = simulator.extension(numbers[step.phone])
            time = begin + timedelta(seconds=step.seconds)
            simulator.notify(
                {
                    "extensionId": extension.id,
                    # With it, there is no need to ask by REST, where nobody calls.
                    "presenceStatus": "Available",
                    **step.body(begin, starts),
                },
                **{"timestamp": time.isoformat(), **step.envelope},
            )
        else:
            await account.until_all_told()
            await clockwork.advance(silence)
    await account.until_all_told()
    await clockwork.advance(silence)
    stop()

    _assert_as_told(heard, expected)


# --------------------------------------------------------------------------------------
# Any history that the simulator's call engine can make

# What may come next in the life of a call. Nothing follows its end: it is over.
_NEXT: Final[dict[CallEventType | None, set[CallEventType]]] = {
    None: {CallEventType.RINGING, CallEventType.DIALING},
    CallEventType.RINGING: {CallEventType.ANSWERED, CallEventType.MISSED},
    CallEventType.DIALING: {CallEventType.ANSWERED, CallEventType.ENDED},
    CallEventType.ANSWERED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.HELD: {
        CallEventType.RESUMED,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.RESUMED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.PARKED: {CallEventType.UNPARKED, CallEventType.ENDED},
    CallEventType.UNPARKED: {
        CallEventType.HELD,
        CallEventType.PARKED,
        CallEventType.ENDED,
    },
    CallEventType.MISSED: set(),
    CallEventType.ENDED: set(),
}

_SWITCHES: Final = st.builds(
    Switches,
    telephony_bodies=st.sampled_from(["full", "minimal"]),
    presence_bodies=st.sampled_from(["partial", "full"]),
    sequence=st.sampled_from(["shared", "gapless"]),
    extension_id_type=st.sampled_from(["string", "number"]),
    call_id_changes=st.booleans(),
    termination_type=st.booleans(),
    total_counts_ended=st.booleans(),
    call_info=st.booleans(),
    unknown_values=st.booleans(),
    extra_fields=st.booleans(),
)
_CALLS_AT_MOST: Final = 4
_PAUSES: Final = st.sampled_from([0, 0.001, 0.25, 1, 2.5, 4, 60])


def _act(board: Switchboard, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    """Do one thing that people do with phones, if it is possible now."""
    simulator = board.simulator
    calls = list(simulator.account.calls)
    number = draw(st.sampled_from(NUMBERS))
    match draw(st.sampled_from(["call", "move", "move", "move", "decline", "set"])):
        case "call" if len(calls) < _CALLS_AT_MOST:
            called = draw(st.lists(st.sampled_from(NUMBERS), unique=True))
            is_caller = not called or draw(st.booleans())
            simulator.account.calls.start(
                caller=simulator.extension(number) if is_caller else None,
                called=[simulator.extension(n) for n in called],
                from_number=number if is_caller else "+15551230001",
                from_name=None,
                to_number=called[0] if called else "+15551230002",
                to_name=None,
                queue_call=len(called) > 1,
            )
        case "move" if calls:
            call = draw(st.sampled_from(calls))
            party = draw(st.sampled_from(call.parties))
            with suppress(IllegalMoveError):
                simulator.account.calls.move(
                    call.id, draw(st.sampled_from(MOVES)), party.extension_id
                )
        case "decline" if calls:
            call = draw(st.sampled_from(calls))
            party = draw(st.sampled_from(call.parties))
            with suppress(IllegalMoveError):
                simulator.account.calls.decline(call.id, party.extension_id)
        case "set":
            dnd = draw(st.sampled_from(["TakeAllCalls", "DoNotAcceptAnyCalls"]))
            simulator.change_extension(number, dndStatus=dnd)


def _by_side(heard: Iterable[tuple[str, CallEvent]]) -> dict[Side, list[CallEvent]]:
    """Return what was heard of each side of a call."""
    sides: dict[Side, list[CallEvent]] = {}
    for extension_id, event in heard:
        side = extension_id, str(event.call.party_id)
        sides.setdefault(side, []).append(event)
    return sides


@settings(max_examples=150)
@given(_SWITCHES, st.integers(1, 30), st.data())
def test_all_that_happens_is_told_once_in_order_and_with_its_times(
    switches: Switches, count: int, data: st.DataObject
) -> None:
    """If no message is lost; whatever the platform puts into it."""
    board = Switchboard(switches)
    listener = Listener(board.extension_ids)
    with board.running():
        for picture in board.pictures():
            listener.look(picture)
        for _ in range(count):
            board.seconds += data.draw(_PAUSES)
            _act(board, data.draw)
            for sent in board.sent():
                listener.hear(sent)
    listener.wait()

    told = _by_side(listener.heard)
    for side, events in told.items():
        last = None
        for event in events:
            assert event.type in _NEXT[last], side
            last = event.type
    assert {s: [e.type for e in events] for s, events in told.items()} == {
        s: [happened.kind for happened in truth] for s, truth in board.truth.items()
    }
    for side, events in told.items():
        for event, happened in zip(events, board.truth[side], strict=True):
            assert not event.reconstructed
            assert event.time is not None
            assert abs(event.time - happened.time) <= timedelta(milliseconds=1)
            assert event.durations == pytest.approx(happened.durations, abs=0.02)


@settings(max_examples=150)
@given(_SWITCHES, st.integers(1, 30), st.data())
def test_whatever_is_lost_nothing_is_told_that_did_not_happen(
    switches: Switches, count: int, data: st.DataObject
) -> None:
    """Nor more often, nor in another order; and what is over has ended."""
    board = Switchboard(switches)
    listener = Listener(board.extension_ids)
    late: list[PresenceEvent] = []
    with board.running():
        for _ in range(count):
            board.seconds += data.draw(_PAUSES)
            _act(board, data.draw)
            for sent in board.sent():
                match data.draw(st.sampled_from(["in time", "lost", "twice", "late"])):
                    case "in time":
                        listener.hear(sent)
                    case "twice":
                        listener.hear(sent)
                        listener.hear(sent)
                    case "late":
                        late.append(sent)
                        continue
                while late:
                    listener.hear(late.pop())
            match data.draw(st.sampled_from(["go on", "go on", "look", "wait"])):
                case "look":
                    # What was on its way is lost.
                    late.clear()
                    for picture in board.pictures():
                        listener.look(picture)
                case "wait":
                    listener.wait()
        board.seconds += 60
        for picture in board.pictures():
            listener.look(picture)
    listener.wait()

    for side, events in _by_side(listener.heard).items():
        truth = [_end_or(happened.kind) for happened in board.truth[side]]
        told = [_end_or(event.type) for event in events]
        rest = iter(truth)
        assert all(kind in rest for kind in told), side
        assert told.count(CallEventType.ENDED) == truth.count(CallEventType.ENDED)


def _end_or(kind: CallEventType) -> CallEventType:
    """Return an end for a miss: who did not see the answer takes one for the other."""
    return CallEventType.ENDED if kind is CallEventType.MISSED else kind


@given(
    st.lists(
        st.tuples(st.sampled_from([0.2, 1.0, 8.0]), st.sampled_from([0.1, 3.0, 3.1])),
        min_size=1,
        max_size=6,
    )
)
def test_ring_with_short_breaks_is_one_ring(
    rings: list[tuple[float, float]],
) -> None:
    """Whatever their number; after a long one it is another ring."""
    history: list[Told] = []
    seconds = 0.0
    for length, pause in rings:
        history += [
            told(seconds, "A", ringing("A1")),
            told(seconds + length, "A", over("A1")),
        ]
        seconds = round(seconds + length + pause, 3)
    number = 1 + sum(pause > 3 for _, pause in rings[:-1])
    heard = [event.type for _, event in heard_in(history, MIDNIGHT)]
    assert heard == [CallEventType.RINGING, CallEventType.MISSED] * number
