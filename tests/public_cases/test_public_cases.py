"""Play the cases of the folder `cases`, and of the folders in PUBLIC_CASES.

pytest tests/public_cases -k name_of_a_case
"""

import os
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from .comparison import differences
from .runner import CaseRunner

_FOLDERS: Final = (
    Path(__file__).with_name("cases"),
    *(Path(part) for part in os.environ.get("PUBLIC_CASES", "").split(":") if part),
)
_CASES: Final = {
    path.stem: path for folder in _FOLDERS for path in sorted(folder.glob("*.yaml"))
}


@pytest.mark.freeze_time("2026-03-02 09:00:00")
@pytest.mark.parametrize("name", _CASES)
async def test_case(runner: CaseRunner, name: str) -> None:
    """Events, states, runs and devices are those that the case expects."""
    case: dict[str, Any] = yaml.safe_load(_CASES[name].read_text(encoding="utf-8"))
    await runner.set_up(case.get("given", {}))
    wrong = await runner.play(case["steps"], differences)
    wrong += differences(runner, case["expect"])
    if wrong:
        pytest.fail(
            "\n".join([case["title"], *(f"  {line}" for line in wrong), case["why"]]),
            pytrace=False,
        )
