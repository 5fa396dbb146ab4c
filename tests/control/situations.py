"""Calls of an extension in each state, on the simulated platform."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from simulator.company.call import Target
from simulator.company.parties import Party

from ..actions.common import dial
from .bench import CALLER, COLLEAGUE, LOCATION, OUTSIDE, THIRD, Bench

QUEUE: Final = "901"


async def ringing(bench: Bench, number: str) -> Party:
    """Let an outside caller ring."""
    return bench.simulator.ring(to=number, from_=CALLER)


async def dialing(bench: Bench, number: str) -> Party:
    """Let an extension dial a number outside."""
    return bench.simulator.ring(to=OUTSIDE, from_=number, direction="Outbound")


async def connected(bench: Bench, number: str) -> Party:
    """Answer an outside caller."""
    party = await ringing(bench, number)
    bench.simulator.answer(party.telephony_session_id)
    return party


async def connected_out(bench: Bench, number: str) -> Party:
    """Answer at the outside phone that an extension has dialed."""
    party = await dialing(bench, number)
    bench.simulator.answer(party.telephony_session_id)
    return party


async def muted(bench: Bench, number: str) -> Party:
    """Answer and mute."""
    party = await connected(bench, number)
    bench.simulator.move_at_phone(party.telephony_session_id, "mute", number)
    return party


async def held(bench: Bench, number: str) -> Party:
    """Hold an incoming call."""
    party = await connected(bench, number)
    bench.simulator.hold(party.telephony_session_id)
    return party


async def held_out(bench: Bench, number: str) -> Party:
    """Hold an outgoing call."""
    party = await connected_out(bench, number)
    bench.simulator.hold(party.telephony_session_id)
    return party


async def parked(bench: Bench, number: str) -> Party:
    """Park an incoming call; it stays in the list of the extension."""
    party = await connected(bench, number)
    bench.simulator.park(party.telephony_session_id)
    return party


async def voicemail(bench: Bench, number: str) -> Party:
    """Let the voicemail take a call."""
    party = await ringing(bench, number)
    bench.simulator.move_at_phone(party.telephony_session_id, "reject", number)
    return party


async def over(bench: Bench, number: str) -> Party:
    """End a call, and lose the event."""
    party = await connected(bench, number)
    await bench.account.until_all_reported()
    bench.simulator.fault("lose", count=9)
    bench.simulator.end(party.telephony_session_id)
    bench.simulator.clear_faults()
    return party


async def own_leg(bench: Bench, _number: str) -> Party:
    """Dial with the integration; the own phone rings."""
    await dial(bench.account, number=OUTSIDE)
    ring_out = list(bench.simulator.ring_outs.by_id.values())[-1]
    return ring_out.own


async def foreign_leg(bench: Bench, number: str) -> Party:
    """Let another app dial; the phone of the extension rings."""
    extension = bench.simulator.extension(number)
    ring_out = bench.simulator.ring_outs.start(
        extension, Target(OUTSIDE), number=number, is_own_phone=True
    )
    return ring_out.own


async def conference(bench: Bench, number: str) -> Party:
    """Let a third party join a call."""
    party = await connected(bench, number)
    call = bench.simulator.session(party.telephony_session_id)
    extra = bench.calls._outside(call, party, "Inbound")
    bench.calls._set(call, extra, "Proceeding")
    bench.calls._set(call, extra, "Answered")
    return party


async def over_ringing(bench: Bench, number: str) -> Party:
    """Let the caller give up, and lose the event."""
    party = await ringing(bench, number)
    await bench.account.until_all_reported()
    bench.simulator.fault("lose", count=9)
    bench.simulator.end(party.telephony_session_id)
    bench.simulator.clear_faults()
    return party


async def over_parked(bench: Bench, number: str) -> Party:
    """Let the parked caller give up, and lose the event."""
    party = await parked(bench, number)
    await bench.account.until_all_reported()
    bench.simulator.fault("lose", count=9)
    bench.simulator.end(party.telephony_session_id)
    bench.simulator.clear_faults()
    return party


async def held_at_phone(bench: Bench, number: str) -> Party:
    """Hold an incoming call with the phone's own key."""
    party = await connected(bench, number)
    session_id = party.telephony_session_id
    bench.simulator.move_at_phone(session_id, "hold_at_phone", number)
    return party


async def ringing_at_two(bench: Bench, number: str) -> Party:
    """Let an outside caller ring here and at a colleague's phone."""
    return bench.simulator.ring(to=number, from_=CALLER, group=[THIRD])


async def queue(bench: Bench, number: str) -> Party:
    """Let the caller of a queue ring at its agents."""
    directory = bench.simulator.directory
    members = [bench.simulator.extension(one).id for one in (number, THIRD)]
    directory.queues[bench.simulator.extension(QUEUE).id] = members
    bench.simulator.ring(to=QUEUE, from_=CALLER)
    [party] = bench.calls.of_extension(members[0])
    return party


async def queue_of_one(bench: Bench, number: str) -> Party:
    """Let the caller of a queue ring at its only agent."""
    return bench.simulator.ring(to=number, from_=CALLER, queue_call=True)


async def flipped(bench: Bench, number: str) -> Party:
    """Pass an answered call to another own phone, as another party."""
    party = await connected(bench, number)
    bench.simulator.flip(party.telephony_session_id, number)
    [party] = bench.calls.of_extension(party.extension_id)
    return party


async def at_location(bench: Bench, _location: str) -> Party:
    """Park the call of a colleague at a location."""
    party = await connected(bench, COLLEAGUE)
    session_id = party.telephony_session_id
    bench.simulator.move_at_phone(session_id, "transfer", COLLEAGUE, LOCATION)
    [party] = bench.calls.of_extension(bench.simulator.extension(LOCATION).id)
    return party


# Put up by functions of the bench and the number of the extension.
STATES: Final[Mapping[str, Callable[[Bench, str], Awaitable[Party]]]] = {
    function.__name__: function
    for function in (
        ringing,
        ringing_at_two,
        own_leg,
        foreign_leg,
        dialing,
        connected,
        connected_out,
        muted,
        conference,
        held,
        held_out,
        held_at_phone,
        parked,
        at_location,
        voicemail,
        over,
        over_ringing,
        over_parked,
        queue,
        queue_of_one,
        flipped,
    )
}
