"""Configuration directory of a Home Assistant without onboarding."""

from collections.abc import Mapping
from enum import StrEnum
import json
from pathlib import Path
from shutil import copytree
from typing import Final

from .access import OWNER, hand_over
from .options import DemoError

HOST: Final = "127.0.0.1"

# Marks a folder as the demo's, so that no other configuration is changed. Contains the
# kind of the demo and the server of its config entry.
_MARKER: Final = ".ringcentral-demo.json"

_BLUEPRINTS: Final = Path(__file__).parent.parent / "blueprints"

_CONFIGURATION: Final = """\
# Written by scripts/demo when this folder was new; yours to change.
homeassistant:
  name: RingCentral demo
  country: US
  language: {language}
  time_zone: {time_zone}

# The dialog Assist, which an automation answers.
assist_pipeline:
history:
# One line for each call and phone in Activity: without the states that change with it.
logbook:
  exclude:
    entity_globs:
      - binary_sensor.*_anyone_*
      - event.*_calls
      - select.*_dnd
      - select.*_user_status
      - sensor.*_dnd
      - sensor.*_last_event
      - sensor.*_longest_hold
      - sensor.*_presence
      - sensor.*_telephony_status
# Phones with Home Assistant's app, to be notified.
mobile_app:
recorder:

# A lamp to try automations with.
template:
  - light:
      - name: Desk lamp
        unique_id: desk_lamp
        turn_on: []
        turn_off: []
        set_level: []
        set_rgb: []

# The button of the dashboard calls someone in the simulated company.
rest_command:
  ring_phone:
    url: "{{{{ server }}}}/simulator/calls"
    method: post
    content_type: application/json
    payload: >-
      {{{{ {{
        "to": numbers | random,
        "from": "+16505550123",
        "fromName": "Charlie Williams"
      }} | to_json }}}}

automation: !include automations.yaml
scene: !include scenes.yaml
script: !include scripts.yaml

logger:
  default: warning
  logs:
    custom_components.ringcentral: {level}
"""

# Earlier demos wrote this: any page in a browser on this machine was the owner.
_FORMER_LOGIN: Final = """\
  auth_providers:
    # Every user of this machine is the owner.
    - type: trusted_networks
      trusted_networks:
        - 127.0.0.0/8
        - "::1/128"
      allow_bypass_login: true
"""

# The editor of each kind saves into its file, if that file is included.
_INCLUDED: Final = {
    "automations.yaml": """\
- id: phone_questions
  alias: Questions about phones
  use_blueprint:
    path: ringcentral/phone_questions_{language}.yaml
""",
    "scenes.yaml": "[]\n",
    "scripts.yaml": "{{}}\n",
}

type _Json = Mapping[str, object]


class Kind(StrEnum):
    """What the config entry in a folder signs in to."""

    REAL = "real"
    SIMULATED = "simulated"


def configuration(*, time_zone: str, debug: bool, language: str = "en") -> str:
    """Return the text of configuration.yaml."""
    return _CONFIGURATION.format(
        time_zone=time_zone, level="debug" if debug else "info", language=language
    )


def http_storage(port: int) -> _Json:
    """Return the HTTP settings: an `http:` section in YAML would start a trial."""
    return {
        "version": 2,
        "minor_version": 2,
        "key": "http",
        "data": {
            "stable": {
                "server_host": [HOST],
                "server_port": port,
                "cors_allowed_origins": [],
                "login_attempts_threshold": -1,
                "ip_ban_enabled": False,
                "ssl_profile": "modern",
                "use_x_frame_options": True,
            },
            "pending": None,
            "yaml_migration_done": True,
        },
    }


def first_storage() -> Mapping[str, _Json]:
    """Return what onboarding would have left behind, by file name."""
    return {
        "onboarding": {
            "version": 4,
            "minor_version": 1,
            "key": "onboarding",
            "data": {"done": ["user", "core_config", "analytics", "integration"]},
        },
        "auth": {
            "version": 1,
            "minor_version": 1,
            "key": "auth",
            "data": {
                "users": [
                    {
                        "id": OWNER,
                        "group_ids": ["system-admin"],
                        "is_owner": True,
                        "is_active": True,
                        "name": "Demo",
                        "system_generated": False,
                        "local_only": True,
                    }
                ],
                "groups": [
                    {"id": "system-admin", "name": "Administrators"},
                    {"id": "system-users", "name": "Users"},
                    {"id": "system-read-only", "name": "Read Only"},
                ],
                "credentials": [],
                "refresh_tokens": [],
            },
        },
    }


def local_time_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """Return the name of this machine's time zone, or UTC if unknown."""
    _, found, name = str(localtime.resolve()).partition("/zoneinfo/")
    return name if found else "UTC"


def prepare(
    folder: Path, kind: Kind, *, port: int, debug: bool, language: str = "en"
) -> str:
    """Prepare a new folder, or one of an earlier demo; return the link that signs in.

    Raises:
        DemoError: the folder is used for something else, or can't be written.
    """
    try:
        storage = folder / ".storage"
        written = folder / "configuration.yaml"
        if (folder / _MARKER).exists():
            _refuse_other_kind(folder, kind)
            text = written.read_text(encoding="utf-8")
            written.write_text(text.replace(_FORMER_LOGIN, ""), encoding="utf-8")
        else:
            _refuse_foreign(folder)
            storage.mkdir(parents=True, exist_ok=True)
            written.write_text(
                configuration(
                    time_zone=local_time_zone(), debug=debug, language=language
                ),
                encoding="utf-8",
            )
            for name, text in _INCLUDED.items():
                (folder / name).write_text(
                    text.format(language=language), encoding="utf-8"
                )
            copytree(_BLUEPRINTS, folder / "blueprints")
            for name, content in first_storage().items():
                _write_json(storage / name, content)
            _write_json(folder / _MARKER, {"kind": kind})
        _write_json(storage / "http", http_storage(port))
        return hand_over(folder, f"http://{HOST}:{port}")
    except OSError as error:
        raise DemoError(f"The configuration can't be written: {error}") from error
    except ValueError as error:
        raise DemoError(f"The configuration can't be read: {error}") from error


def recorded_server(folder: Path) -> str | None:
    """Return the server that the config entry in a folder is for, if there is one."""
    server = _read_marker(folder).get("server")
    return server if isinstance(server, str) else None


def record_server(folder: Path, server: str) -> None:
    """Store the server of the config entry."""
    _write_json(folder / _MARKER, {**_read_marker(folder), "server": server})


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise DemoError(
            f"{folder} is not empty and was not made by scripts/demo."
            " Give --config-dir a new folder."
        )


def _refuse_other_kind(folder: Path, kind: Kind) -> None:
    if (other := _read_marker(folder).get("kind")) != kind:
        raise DemoError(
            f"{folder} belongs to a demo with a {other} account."
            f" Give --config-dir another folder for the {kind} one."
        )


def _read_marker(folder: Path) -> _Json:
    content: _Json = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
    return content


def _write_json(path: Path, content: _Json) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    path.chmod(0o600)
