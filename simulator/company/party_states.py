"""States of a party in a call, and what presence shows of them. Pure."""

from typing import Literal

type PartyCode = Literal[
    "Setup",
    "Proceeding",
    "Answered",
    "Hold",
    "Parked",
    "VoiceMail",
    "VoiceMailScreening",
    "FaxReceive",
    "Tds",
    "Disconnected",
    "Gone",
]
type CallStatus = Literal["NoCall", "CallConnected", "Ringing", "OnHold", "ParkedCall"]

PRESENCE_STATUS: dict[PartyCode, CallStatus] = {
    "Setup": "Ringing",
    "Proceeding": "Ringing",
    "Answered": "CallConnected",
    "Hold": "OnHold",
    "Parked": "ParkedCall",
    "VoiceMail": "NoCall",
    "VoiceMailScreening": "NoCall",
    "FaxReceive": "NoCall",
    "Tds": "NoCall",
    "Disconnected": "NoCall",
    "Gone": "NoCall",
}

RINGING: frozenset[PartyCode] = frozenset({"Setup", "Proceeding"})
ENDED: frozenset[PartyCode] = frozenset({"Disconnected", "Gone"})
IN_VOICEMAIL: frozenset[PartyCode] = frozenset({"VoiceMail", "VoiceMailScreening"})
_TAKEN: frozenset[PartyCode] = frozenset({"VoiceMail", "FaxReceive", "Tds"})

MAY_FOLLOW: dict[PartyCode, frozenset[PartyCode]] = {
    "Setup": ENDED | _TAKEN | {"Proceeding", "Answered", "VoiceMailScreening"},
    "Proceeding": ENDED | _TAKEN | {"Answered", "VoiceMailScreening"},
    "Answered": ENDED | {"Hold", "Parked"},
    "Hold": ENDED | {"Answered", "Parked"},
    # Taken back, or the phone that has parked the call rings again.
    "Parked": ENDED | {"Answered", "Proceeding"},
    "VoiceMail": ENDED,
    "VoiceMailScreening": ENDED | {"Answered", "VoiceMail"},
    "FaxReceive": ENDED,
    "Tds": ENDED,
    # A phone that has stopped ringing may ring again as the same party.
    "Disconnected": frozenset({"Proceeding"}),
    "Gone": frozenset(),
}
