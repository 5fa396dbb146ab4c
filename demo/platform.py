"""The simulated RingCentral platform that the demo signs in to."""

from dataclasses import dataclass
import json
from typing import Any, Self


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """An address, and an app's credentials there."""

    server: str
    client_id: str
    client_secret: str
    jwt: str

    @classmethod
    def from_json(cls, line: bytes) -> Self:
        """Read the line that the simulator prints when it listens."""
        described = json.loads(line)
        return cls(
            server=described["server"],
            client_id=described["clientId"],
            client_secret=described["clientSecret"],
            jwt=described["jwt"],
        )

    def forms(self, privacy: str) -> dict[str, dict[str, Any]]:
        """Return what a person enters into the config flow, by step."""
        return {
            "jwt": {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "jwt": self.jwt,
                "advanced": {"server": self.server},
            },
            "monitor": {"groups": ["everyone"], "extensions": [], "privacy": privacy},
        }

    def options(self, privacy: str) -> dict[str, dict[str, Any]]:
        """Return what a person enters to control calls, by step of the options flow."""
        monitor = self.forms(privacy)["monitor"]
        return {"init": {**monitor, "call_control": True}, "control": {}}
