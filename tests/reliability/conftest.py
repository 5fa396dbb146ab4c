"""Fixtures of the tests under faults."""

from freezegun.api import FrozenDateTimeFactory
import pytest

from .common import Time


@pytest.fixture
async def time(freezer: FrozenDateTimeFactory) -> Time:
    """Return time in the hands of the test; the marker `freeze_time` must tick."""
    return Time(freezer)
