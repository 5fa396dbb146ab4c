"""The command line of the demo."""

from pathlib import Path

import pytest

from demo.options import Options, parse


def test_without_arguments() -> None:
    """Everything has a default."""
    assert parse([]) == Options(
        port=8123,
        simulator_port=8089,
        scenario="office",
        extensions=12,
        privacy="full",
        config_dir=None,
        real=False,
        debug=False,
    )


def test_with_all_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and folders are meant relative to where the person is."""
    monkeypatch.chdir(tmp_path)
    options = parse(
        [
            *("--port", "0"),
            *("--simulator-port", "9000"),
            *("--scenario", "my/day.yaml"),
            *("--extensions", "3"),
            *("--privacy", "masked"),
            *("--config-dir", "kept"),
            "--real",
            "--debug",
        ]
    )
    assert options == Options(
        port=0,
        simulator_port=9000,
        scenario=str(tmp_path / "my/day.yaml"),
        extensions=3,
        privacy="masked",
        config_dir=tmp_path / "kept",
        real=True,
        debug=True,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "http"],
        ["--simulator-port", "8o89"],
        ["--extensions", "0"],
        ["--extensions", "12.5"],
        ["--privacy", "some"],
        ["--unknown"],
    ],
)
def test_nonsense_ends_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A typing error is reported."""
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert "usage: scripts/demo" in capsys.readouterr().err
