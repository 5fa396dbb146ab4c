"""An office with calls, for the screenshots of the documentation."""

import asyncio

from .installation import Installation


async def set_scene(installation: Installation, *, pause: float = 0) -> None:
    """Show each state once, with seconds between the calls.

    Only people who are available have calls.
    """
    call, change = installation.call, installation.change
    await call("101", "+16505550149", "end", fromName="Dr. Felix Brook")
    await change("101", dndStatus="DoNotAcceptAnyCalls")
    await change("104", meetingStatus="Connected")
    await change("110", userStatus="Offline")
    await change("112", dndStatus="TakeDepartmentCallsOnly")
    await call("105", "106", "answer")
    await asyncio.sleep(pause)
    await call("107", "+16505550141", "answer", "hold", fromName="Otto Harbinger")
    await call(
        *("+16505550143", "111", "answer"), toName="Cooper Lumen", direction="Outbound"
    )
    await asyncio.sleep(pause)
    await call("108", "+16505550142", "answer", "park", fromName="Priya Starling")
    await asyncio.sleep(pause)
    await call("+16505550146", "109", toName="Rosa Field", direction="Outbound")
    await call("107", "+16505550147", fromName="Juniper Hale")
    await call("103", "+16505550140", fromName="Marla Tidewell", queueCall=True)
    await installation.wait_until_shown(
        {
            "_101_dnd": "do_not_accept_any_calls",
            "_103_telephony_status": "ringing",
            "_106_telephony_status": "call_connected",
            "_110_presence": "offline",
            "_112_dnd": "take_department_calls_only",
        }
    )
