"""Histories of calls: what the platform sends, and exactly which call events result.

The table is the specification.
"""

from typing import Final

from .call_histories import (
    OUTBOUND,
    PHONES,
    QUEUE,
    History,
    Kill,
    Pause,
    Restart,
    ended,
    event_at,
    on_hold,
    parked,
    replayed,
    ringing,
    snapshot_at,
    talking,
    undated,
)

DIALED: Final = {"direction": "Outbound", "from": "102", "to": "+15551230001"}

# What is sent, and the resulting call events. Their durations in seconds (ringing,
# talking, held) may be left out.
HISTORIES: Final[dict[str, tuple[History, list[str]]]] = {
    # One call
    "answered": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(5, "A", talking("A1")),
            event_at(65, "A"),
        ],
        ["A1 ringing 0/0/0", "A1 answered 5/0/0", "A1 ended 5/60/0"],
    ),
    "not answered": (
        [event_at(0, "A", ringing("A1")), event_at(20, "A", ended("A1"))],
        ["A1 ringing 0/0/0", "A1 missed 20/0/0"],
    ),
    "announced with delay": (
        [
            event_at(0.4, "A", ringing("A1", startTime=0)),
            event_at(2.5, "A", talking("A1")),
        ],
        ["A1 ringing 0.4/0/0", "A1 answered 2.5/0/0"],
    ),
    "given up at once": (
        [event_at(0, "A", ringing("A1")), event_at(0.05, "A", ended("A1"))],
        ["A1 ringing", "A1 missed 0.05/0/0"],
    ),
    "listed only after its end": ([event_at(0, "A", ended("A1"))], []),
    "put on hold again and again": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(2, "A", talking("A1")),
            event_at(10, "A", on_hold("A1")),
            event_at(40, "A", talking("A1")),
            event_at(45, "A", on_hold("A1")),
            event_at(46.5, "A", ended("A1")),
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
            event_at(0, "A", ringing("A1", **OUTBOUND)),
            event_at(7, "A", talking("A1", **OUTBOUND)),
            event_at(9, "A", ended("A1", **OUTBOUND)),
        ],
        ["A1 dialing 0/0/0", "A1 answered 7/0/0", "A1 ended 7/2/0"],
    ),
    "outbound, not answered": (
        [
            event_at(0, "A", ringing("A1", **OUTBOUND)),
            event_at(30, "A", ended("A1", **OUTBOUND)),
        ],
        ["A1 dialing", "A1 ended 30/0/0"],
    ),
    "parked and taken back": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(1, "A", talking("A1")),
            event_at(4, "A", parked("A1")),
            event_at(60, "A", talking("A1")),
            event_at(62, "A"),
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
            event_at(0, "A", talking("A1")),
            event_at(4, "A", parked("A1")),
            event_at(30, "A", ended("A1")),
            event_at(30, "B", talking("B1")),
        ],
        ["A1 answered", "A1 parked", "A1 ended -/4/0", "B1 answered -/0/0"],
    ),
    "on hold before its answer was reported": (
        [event_at(0, "A", ringing("A1")), event_at(9, "A", on_hold("A1"))],
        ["A1 ringing", "A1 answered 9/0/0", "A1 held 9/0/0"],
    ),
    # Several calls
    "second call beside the first, missed": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(3, "A", talking("A1")),
            event_at(10, "A", talking("A1"), ringing("A2")),
            event_at(25, "A", talking("A1"), ended("A2")),
            event_at(33, "A", ended("A1")),
        ],
        [
            "A1 ringing",
            "A1 answered",
            "A2 ringing 0/0/0",
            "A2 missed 15/0/0",
            "A1 ended 3/30/0",
        ],
    ),
    "second call taken, the first one put on hold": (
        [
            event_at(0, "A", talking("A1")),
            event_at(5, "A", talking("A1"), ringing("A2")),
            event_at(8, "A", on_hold("A1"), talking("A2")),
            event_at(20, "A", on_hold("A1"), ended("A2")),
            event_at(21, "A", talking("A1")),
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
            event_at(0, "A", ringing("A1"), ringing("A2")),
            event_at(4, "A", talking("A1"), ringing("A2")),
            event_at(9, "A", talking("A1")),
        ],
        ["A1 ringing", "A2 ringing", "A1 answered 4/0/0", "A2 missed 9/0/0"],
    ),
    "a call ends as the next one rings": (
        [
            event_at(0, "A", talking("A1")),
            event_at(9, "A", ended("A1"), ringing("A2")),
        ],
        ["A1 answered", "A1 ended -/9/0", "A2 ringing 0/0/0"],
    ),
    # Several phones
    "ring group: a colleague answers": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(0, "B", ringing("B1")),
            event_at(6, "B", talking("B1")),
            event_at(6, "A", ended("A1")),
            event_at(10, "B", ended("B1")),
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
            *(event_at(0, p, ringing(f"{p}1", **QUEUE)) for p in PHONES),
            event_at(4, "A", ended("A1", **QUEUE)),
            event_at(9, "C", talking("C1", **QUEUE)),
            event_at(9, "B", ended("B1", **QUEUE)),
            event_at(10, "A"),
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
            event_at(0, "A", ringing("A1", id="s-1")),
            event_at(4, "A", talking("A1", id="4f2c")),
            event_at(5, "A", talking("A1", id="93ab")),
        ],
        ["A1 ringing", "A1 answered 4/0/0"],
    ),
    "transferred blindly": (
        [
            event_at(0, "A", talking("A1")),
            event_at(9, "A", ended("A1")),
            event_at(9, "B", ringing("B1")),
            event_at(12, "B", talking("B1")),
        ],
        ["A1 answered", "A1 ended -/9/0", "B1 ringing 0/0/0", "B1 answered 3/0/0"],
    ),
    "transferred after a talk with the colleague": (
        [
            event_at(0, "A", talking("A1")),
            event_at(5, "A", on_hold("A1")),
            event_at(6, "A", on_hold("A1"), ringing("A2", **OUTBOUND)),
            event_at(6, "B", ringing("B2")),
            event_at(8, "B", talking("B2")),
            event_at(8, "A", on_hold("A1"), talking("A2", **OUTBOUND)),
            event_at(15, "A", ended("A1"), ended("A2", **OUTBOUND)),
            event_at(15, "B", ended("B2"), talking("B1")),
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
    # Rings with a pause
    "flapping, then answered": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(2, "A", ended("A1")),
            event_at(3, "A", ringing("A1")),
            event_at(6, "A", talking("A1")),
            event_at(9, "A", ended("A1")),
        ],
        ["A1 ringing 0/0/0", "A1 answered 6/0/0", "A1 ended 6/3/0"],
    ),
    "flapping twice, never answered": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(2, "A", ended("A1")),
            event_at(4, "A", ringing("A1")),
            event_at(5, "A"),
            event_at(6, "A", ringing("A1")),
            event_at(10, "A", ended("A1")),
        ],
        ["A1 ringing", "A1 missed 10/0/0"],
    ),
    "connected after it stopped ringing": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            event_at(4.2, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 4.2/0/0"],
    ),
    "on hold after it stopped ringing": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            event_at(5, "A", on_hold("A1")),
        ],
        ["A1 ringing", "A1 answered", "A1 held"],
    ),
    "rings again after exactly three seconds": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            event_at(7, "A", ringing("A1")),
            event_at(8, "A", ended("A1")),
        ],
        ["A1 ringing", "A1 missed 8/0/0"],
    ),
    "rings again after more than three seconds": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            event_at(7.001, "A", ringing("A1", startTime=None)),
            event_at(8, "A", ended("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing 0/0/0", "A1 missed 0.999/0/0"],
    ),
    "rings again after the miss was reported, whatever the times": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            Pause(),
            event_at(5, "A", ringing("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing"],
    ),
    "flapping beside a call in progress": (
        [
            event_at(0, "A", talking("A1")),
            event_at(1, "A", talking("A1"), ringing("A2")),
            event_at(2, "A", talking("A1")),
            event_at(3, "A", on_hold("A1"), ringing("A2")),
            event_at(4, "A", on_hold("A1"), talking("A2")),
        ],
        ["A1 answered", "A2 ringing", "A1 held", "A2 answered 3/0/0"],
    ),
    "flapping of an outbound call": (
        [
            event_at(0, "A", ringing("A1", **OUTBOUND)),
            event_at(1, "A", ended("A1", **OUTBOUND)),
            event_at(2, "A", ringing("A1", **OUTBOUND)),
        ],
        ["A1 dialing"],
    ),
    "another call rings as the first one stops": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            event_at(5, "A", ringing("A2")),
            event_at(7.5, "A", ringing("A2")),
        ],
        ["A1 ringing", "A2 ringing", "A1 missed 4/0/0"],
    ),
    # Replays
    "replayed together, though a minute lies between them": (
        [
            replayed(0, "A", ringing("A1")),
            replayed(9, "A", ended("A1")),
            replayed(60, "A", ringing("A1", startTime=None)),
            replayed(61, "A", ended("A1")),
            event_at(120, "A", ringing("A2")),
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
            event_at(30, "A", ended("A1")),
        ],
        ["A1 ringing~", "A1 answered~ 9/0/0", "A1 ended 9/21/0"],
    ),
    # Snapshots
    "ringing in a snapshot first": (
        [
            snapshot_at(10, "A", ringing("A1", startTime=4)),
            event_at(12, "A", talking("A1")),
            event_at(20, "A"),
        ],
        ["A1 answered -/0/0", "A1 ended -/8/0"],
    ),
    "connected in a snapshot first": (
        [
            snapshot_at(10, "A", talking("A1")),
            event_at(12, "A", on_hold("A1")),
            event_at(20, "A"),
        ],
        ["A1 held -/2/0", "A1 ended -/2/8"],
    ),
    "ringing in a snapshot, and announced after it": (
        [
            snapshot_at(2, "A", ringing("A1", startTime=1.5)),
            event_at(1.7, "A", ringing("A1", startTime=1.5)),
            event_at(5, "A", talking("A1")),
        ],
        ["A1 ringing 0.2/0/0", "A1 answered 3.5/0/0"],
    ),
    "no longer in a snapshot": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(3, "A", talking("A1")),
            snapshot_at(60, "A"),
            event_at(70, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 ended* 3/57/0"],
    ),
    "ringing, and no longer in a snapshot": (
        [event_at(0, "A", ringing("A1")), snapshot_at(60, "A")],
        ["A1 ringing", "A1 ended* 60/0/0"],
    ),
    "further on in a snapshot": (
        [
            event_at(0, "A", ringing("A1")),
            snapshot_at(60, "A", on_hold("A1")),
            event_at(61, "A", talking("A1")),
        ],
        [
            "A1 ringing",
            "A1 answered* 60/0/0",
            "A1 held* 60/0/0",
            "A1 resumed 60/0/1",
        ],
    ),
    "a snapshot soon after the ring has stopped": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            snapshot_at(5, "A"),
        ],
        ["A1 ringing", "A1 missed 4/0/0"],
    ),
    "a snapshot long after the ring has stopped": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            snapshot_at(9, "A"),
        ],
        ["A1 ringing", "A1 missed 4/0/0"],
    ),
    "ringing in a snapshot soon after it has stopped": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            snapshot_at(6, "A", ringing("A1")),
            event_at(6, "A", ringing("A1")),
            event_at(9, "A", ended("A1")),
        ],
        ["A1 ringing", "A1 missed 9/0/0"],
    ),
    "connected in a snapshot soon after it has stopped ringing": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            snapshot_at(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered* 5/0/0"],
    ),
    "connected in a snapshot long after it has stopped ringing": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            snapshot_at(15, "A", talking("A1")),
            event_at(20, "A"),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ended -/5/0"],
    ),
    # Restarts
    "restart during the call": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", talking("A1")),
            Restart(),
            replayed(20, "A", on_hold("A1")),
            event_at(30, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 held~ 4/16/0", "A1 ended 4/16/10"],
    ),
    "restart as the ring has stopped": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", ended("A1")),
            Restart(),
            replayed(5, "A", ringing("A1")),
        ],
        ["A1 ringing", "A1 missed 4/0/0", "A1 ringing~"],
    ),
    "killed during the call": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(4, "A", talking("A1")),
            Kill(),
            snapshot_at(20, "A", talking("A1")),
            event_at(30, "A"),
        ],
        ["A1 ringing", "A1 answered", "A1 ended -/10/0"],
    ),
    # What the platform leaves out, repeats, or sends in an odd form
    "ended without a list": (
        [
            event_at(0, "A", ringing("A1"), talking("A2")),
            event_at(5, "A", activeCalls=...),
        ],
        ["A1 ringing", "A2 answered", "A2 ended -/5/0", "A1 missed 5/0/0"],
    ),
    "another setting changed in between": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(
                3,
                "A",
                telephonyStatus=...,
                activeCalls=...,
                dndStatus="DoNotAcceptAnyCalls",
            ),
            event_at(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 5/0/0"],
    ),
    "status without a list": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(3, "A", telephonyStatus="CallConnected", activeCalls=...),
            event_at(5, "A", talking("A1")),
        ],
        ["A1 ringing", "A1 answered 3/0/0"],
    ),
    "ended without a reason": (
        [
            event_at(0, "A", talking("A1")),
            event_at(5, "A", ended("A1", terminationType=None)),
        ],
        ["A1 answered", "A1 ended -/5/0"],
    ),
    "sent twice, and once too late": (
        [
            event_at(0, "A", ringing("A1"), sequence=10),
            event_at(0, "A", ringing("A1"), sequence=10),
            event_at(4, "A", talking("A1"), sequence=12),
            event_at(3, "A", ringing("A1"), sequence=11),
            event_at(9, "A", ended("A1"), sequence=13),
        ],
        ["A1 ringing", "A1 answered 4/0/0", "A1 ended 4/5/0"],
    ),
    "an unknown status in between": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(2, "A", ringing("A1", telephonyStatus="Yodelling")),
            event_at(5, "A", talking("A1")),
            event_at(9, "A"),
        ],
        ["A1 ringing", "A1 answered 5/0/0", "A1 ended 5/4/0"],
    ),
    "an unknown status, and the former one again": (
        [
            event_at(0, "A", talking("A1")),
            event_at(60, "A", talking("A1", telephonyStatus="Yodelling")),
            event_at(61, "A", talking("A1")),
            event_at(3600, "A"),
        ],
        ["A1 answered", "A1 ended -/3600/0"],
    ),
    "an unknown status at the end": (
        [
            event_at(0, "A", talking("A1")),
            event_at(2, "A", talking("A1", telephonyStatus="Yodelling")),
            event_at(5, "A"),
        ],
        ["A1 answered", "A1 ended -/5/0"],
    ),
    "a status left out in between": (
        [
            event_at(0, "A", talking("A1")),
            event_at(2, "A", talking("A1", telephonyStatus=None)),
            event_at(5, "A", talking("A1")),
            event_at(9, "A"),
        ],
        ["A1 answered", "A1 ended -/9/0"],
    ),
    "nothing but an answer and an end without times": (
        [undated(0, "A", talking("A1")), undated(9, "A")],
        ["A1 answered -/-/0", "A1 ended -/-/0"],
    ),
    "an answer without a time": (
        [
            event_at(0, "A", ringing("A1")),
            undated(4, "A", talking("A1")),
            event_at(9, "A", on_hold("A1")),
            event_at(12, "A"),
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
            undated(0, "A", ended("A1")),
            undated(0, "A", ringing("A1")),
            undated(0, "A", ended("A1")),
        ],
        ["A1 ringing -/0/0", "A1 missed -/0/0"],
    ),
    "times that run back": (
        [
            event_at(5, "A", ringing("A1", startTime=6), sequence=1),
            event_at(4, "A", talking("A1"), sequence=2),
            event_at(3, "A", on_hold("A1"), sequence=3),
            event_at(8, "A", sequence=4),
        ],
        [
            "A1 ringing 0/0/0",
            "A1 answered 0/0/0",
            "A1 held 0/0/0",
            "A1 ended 0/0/3",
        ],
    ),
    "a call with nothing but a session id": (
        [
            event_at(0, "A", ringing("A1", partyId=None)),
            event_at(5, "A", talking("A1", partyId=None)),
            event_at(8, "A", ended("A1", partyId=None)),
        ],
        ["A1 ringing", "A1 answered 5/0/0", "A1 ended 5/3/0"],
    ),
    "calls with nothing but an old session id": (
        [
            event_at(0, "A", talking("A1", telephonySessionId=None)),
            event_at(5, "A", ringing("A2", telephonySessionId=None)),
        ],
        ["A? answered -/0/0", "A? ended -/5/0", "A? ringing 0/0/0"],
    ),
    # A call to one's own number: two parties of one session at one phone
    "own number, only the party listed that has changed": (
        [
            event_at(0, "A", ringing("A1/1", **OUTBOUND)),
            event_at(0.2, "A", ringing("A1/2")),
            event_at(4, "A", talking("A1/2")),
            event_at(4, "A", talking("A1/1", **OUTBOUND)),
            event_at(9, "A", ended("A1/1", **OUTBOUND)),
            event_at(9.05, "A", ended("A1/2")),
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
            event_at(0, "A", ringing("A1/1", **OUTBOUND)),
            event_at(0, "A", ringing("A1/2")),
            event_at(9, "A", ringing("A1/1", **OUTBOUND), ended("A1/2")),
            event_at(14, "A", ended("A1/1", **OUTBOUND)),
        ],
        ["A1/1 dialing", "A1/2 ringing", "A1/2 missed 9/0/0", "A1/1 ended 14/0/0"],
    ),
    "own number beside another call": (
        [
            event_at(0, "A", on_hold("A2")),
            event_at(1, "A", on_hold("A2"), ringing("A1/1", **OUTBOUND)),
            event_at(1, "A", on_hold("A2"), ringing("A1/2")),
            event_at(4, "A", on_hold("A2"), talking("A1/2")),
            event_at(4, "A", on_hold("A2"), talking("A1/1", **OUTBOUND)),
            event_at(9, "A", on_hold("A2"), ended("A1/1", **OUTBOUND)),
            event_at(9.05, "A", on_hold("A2"), ended("A1/2")),
            event_at(10, "A"),
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
            event_at(0, "A", ringing("A1/1", **OUTBOUND), ringing("A1/2")),
            event_at(4, "A", talking("A1/1", **OUTBOUND), talking("A1/2")),
            event_at(9, "A", ended("A1/1", **OUTBOUND)),
            event_at(9, "A", ended("A1/2")),
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
    "own number, one party gone without notification": (
        [
            event_at(0, "A", talking("A1/1", **OUTBOUND), talking("A1/2")),
            event_at(5, "A", talking("A1/1", **OUTBOUND)),
            snapshot_at(60, "A", talking("A1/1", **OUTBOUND)),
        ],
        ["A1/1 answered", "A1/2 answered", "A1/2 ended* -/60/0"],
    ),
    # An own RingOut: the own phone rings, then the dialled number
    "own RingOut": (
        [
            event_at(0, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(4, "A", talking("A1"), ringing("A2", **DIALED)),
            event_at(8, "A", talking("A1"), talking("A2", **DIALED)),
            event_at(20, "A"),
        ],
        ["A2 dialing 0/0/0", "A2 answered 8/0/0", "A2 ended 8/12/0"],
    ),
    "own RingOut, not answered": (
        [
            event_at(0, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(9, "A", ended("A1"), ended("A2", **DIALED)),
        ],
        ["A2 dialing", "A2 ended 9/0/0"],
    ),
    "own RingOut, both legs silent for a moment": (
        [
            event_at(0, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(2, "A"),
            event_at(4, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(9, "A"),
        ],
        ["A2 dialing", "A2 ended 9/0/0"],
    ),
    "own RingOut, its first leg reported already": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(1, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(9, "A", ended("A1"), ringing("A2", **DIALED)),
            event_at(14, "A"),
        ],
        ["A1 ringing", "A2 dialing", "A1 ended* 9/0/0", "A2 ended 13/0/0"],
    ),
    "own RingOut over a restart": (
        [
            event_at(0, "A", ringing("A1"), ringing("A2", **DIALED)),
            Restart(),
            snapshot_at(2, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(4, "A", talking("A1"), ringing("A2", **DIALED)),
            event_at(8, "A"),
        ],
        ["A2 dialing", "A2 ended 8/0/0"],
    ),
    "call from a number that is being dialled": (
        [
            event_at(0, "A", ringing("A2", **DIALED)),
            event_at(5, "A", ringing("A1"), ringing("A2", **DIALED)),
            event_at(9, "A", ended("A1"), talking("A2", **DIALED)),
        ],
        ["A2 dialing", "A1 ringing 0/0/0", "A2 answered 9/0/0", "A1 missed 4/0/0"],
    ),
    # Rings after the answer
    "parked, and back": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(3, "A", talking("A1")),
            event_at(13, "A", parked("A1")),
            event_at(60, "A", ringing("A1")),
            event_at(65, "A", talking("A1")),
            event_at(70, "A"),
        ],
        [
            "A1 ringing",
            "A1 answered 3/0/0",
            "A1 parked 3/10/0",
            "A1 ringing 0/0/0",
            "A1 answered 5/0/0",
            "A1 ended 5/5/0",
        ],
    ),
    "outgoing call parked, and back": (
        [
            event_at(0, "A", ringing("A1", **OUTBOUND)),
            event_at(3, "A", talking("A1", **OUTBOUND)),
            event_at(13, "A", parked("A1", **OUTBOUND)),
            event_at(60, "A", ringing("A1", **OUTBOUND)),
            event_at(70, "A"),
        ],
        ["A1 dialing", "A1 answered", "A1 parked", "A1 ringing", "A1 ended 10/0/0"],
    ),
    # Evidence
    "answer that arrives after the end": (
        [
            event_at(0, "A", ringing("A1"), sequence=1),
            event_at(5, "A", ended("A1"), sequence=3),
            event_at(4, "A", talking("A1"), sequence=2),
        ],
        ["A1 ringing", "A1 ended -/-/-"],
    ),
    "answer without a list beside two calls": (
        [
            event_at(0, "A", ringing("A1")),
            event_at(1, "A", ringing("A1"), on_hold("A2")),
            event_at(4, "A", telephonyStatus="CallConnected", activeCalls=...),
            event_at(9, "A", ended("A1"), on_hold("A2")),
        ],
        ["A1 ringing", "A2 held", "A1 ended* 9/0/0"],
    ),
    "two rings in one replay": (
        [
            event_at(0, "A", ringing("A1")),
            replayed(10, "A", ended("A1")),
            replayed(20, "A", ringing("A1")),
            replayed(30, "A", ended("A1")),
        ],
        ["A1 ringing", "A1 missed~ 10/0/0", "A1 ringing~ 0/0/0", "A1 missed~ 10/0/0"],
    ),
}
