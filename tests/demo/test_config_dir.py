"""The folder that the demo's Home Assistant lives in."""

import json
from pathlib import Path

import pytest

from demo.config_dir import (
    Kind,
    local_time_zone,
    prepare,
    record_server,
    recorded_server,
)
from demo.options import DemoError
from demo.texts import LANGUAGES
from homeassistant.components.http.config import HTTP_STORAGE_SCHEMA
from homeassistant.components.onboarding.const import STEPS
from homeassistant.util.yaml import load_yaml_dict


def stored(folder: Path, key: str) -> object:
    """Read the data of a storage file."""
    return json.loads((folder / ".storage" / key).read_text(encoding="utf-8"))["data"]


def test_new_folder_asks_no_question(tmp_path: Path) -> None:
    """Onboarding is done, one owner exists, and the address is settled."""
    prepare(tmp_path / "new", Kind.SIMULATED, port=8765, debug=False)
    assert stored(tmp_path / "new", "onboarding") == {"done": [*STEPS]}
    auth = stored(tmp_path / "new", "auth")
    assert isinstance(auth, dict)
    assert [user["is_owner"] for user in auth["users"]] == [True]
    http = stored(tmp_path / "new", "http")
    assert isinstance(http, dict)
    assert http["yaml_migration_done"]
    assert http["stable"]["server_port"] == 8765
    assert HTTP_STORAGE_SCHEMA(http["stable"]) == http["stable"]


@pytest.mark.parametrize(("debug", "level"), [(False, "info"), (True, "debug")])
def test_configuration(debug: bool, level: str, tmp_path: Path) -> None:
    """The editors have their files, and no user gets in without a login."""
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=debug)
    written = load_yaml_dict(str(tmp_path / "configuration.yaml"))
    assert "auth_providers" not in written["homeassistant"]
    assert [one["id"] for one in written["automation"]] == ["phone_questions"]
    assert (written["scene"], written["script"]) == ([], {})
    assert written["logger"]["logs"] == {"custom_components.ringcentral": level}
    assert {
        *("assist_pipeline", "history", "logbook", "mobile_app", "recorder"),
    } <= written.keys()
    excluded = written["logbook"]["exclude"]["entity_globs"]
    assert "sensor.*_telephony_status" in excluded
    assert "http" not in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_of_names_and_questions(language: str, tmp_path: Path) -> None:
    """Home Assistant names entities in its own language, not in the browser's."""
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False, language=language)
    written = load_yaml_dict(str(tmp_path / "configuration.yaml"))
    assert written["homeassistant"]["language"] == language
    [automation] = written["automation"]
    path = automation["use_blueprint"]["path"]
    assert path == f"ringcentral/phone_questions_{language}.yaml"
    assert (tmp_path / "blueprints" / "automation" / path).is_file()


def test_there_is_a_lamp_and_every_blueprint_to_try(tmp_path: Path) -> None:
    """Without importing anything."""
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False)
    written = load_yaml_dict(str(tmp_path / "configuration.yaml"))
    assert written["template"][0]["light"][0]["name"] == "Desk lamp"
    names = {path.name for path in tmp_path.glob("blueprints/automation/*/*.yaml")}
    assert {"busy_light.yaml", "missed_call.yaml"} <= names


def test_second_start_keeps_what_the_person_changed(tmp_path: Path) -> None:
    """Only the port follows the command line."""
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False)
    (tmp_path / "automations.yaml").write_text("- alias: Mine\n", encoding="utf-8")
    (tmp_path / "configuration.yaml").write_text("mine:\n", encoding="utf-8")
    (tmp_path / ".storage" / "auth").write_text('{"data": 1}', encoding="utf-8")
    prepare(tmp_path, Kind.SIMULATED, port=8124, debug=True)
    assert (tmp_path / "automations.yaml").read_text() == "- alias: Mine\n"
    assert (tmp_path / "configuration.yaml").read_text() == "mine:\n"
    assert stored(tmp_path, "auth") == 1
    http = stored(tmp_path, "http")
    assert isinstance(http, dict)
    assert http["stable"]["server_port"] == 8124


def test_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    """An existing configuration must not become a demo."""
    own = tmp_path / "configuration.yaml"
    own.write_text("default_config:\n", encoding="utf-8")
    with pytest.raises(DemoError, match="was not made by scripts/demo"):
        prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False)
    assert [*tmp_path.iterdir()] == [own]
    assert own.read_text() == "default_config:\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [(Kind.REAL, Kind.SIMULATED), (Kind.SIMULATED, Kind.REAL)],
)
def test_real_and_simulated_account_never_share_a_folder(
    first: Kind, second: Kind, tmp_path: Path
) -> None:
    """The simulated start may remove entries: not those of a real account."""
    prepare(tmp_path, first, port=8123, debug=False)
    with pytest.raises(DemoError, match=f"belongs to a demo with a {first} account"):
        prepare(tmp_path, second, port=8123, debug=False)


def test_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    """A mistyped folder gives one line, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(DemoError, match="can't be written"):
        prepare(tmp_path / "file", Kind.SIMULATED, port=8123, debug=False)


def test_server_is_stored(tmp_path: Path) -> None:
    """The next start finds the simulator of the entry."""
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False)
    assert recorded_server(tmp_path) is None
    record_server(tmp_path, "http://127.0.0.1:8089")
    prepare(tmp_path, Kind.SIMULATED, port=8123, debug=False)
    assert recorded_server(tmp_path) == "http://127.0.0.1:8089"


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("usr/share/zoneinfo/UTC", "UTC"),
        ("etc/localtime.copy", "UTC"),
    ],
)
def test_time_zone_of_the_machine(target: str, name: str, tmp_path: Path) -> None:
    """The link shows it; a copied file does not."""
    link = tmp_path / "localtime"
    link.symlink_to(tmp_path / target)
    assert local_time_zone(link) == name
