"""Requests are counted in the rate group that the platform counts them in."""

import pytest

from benchmarks.sections.requests import figures, group_of
from custom_components.ringcentral.api.rate_limits import RateGroup

API = "/restapi/v1.0/account/~"


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/restapi/oauth/wstoken", RateGroup.AUTH),
        ("/restapi/oauth/token", RateGroup.AUTH),
        (f"{API}/presence", RateGroup.HEAVY),
        (f"{API}/extension", RateGroup.MEDIUM),
        (f"{API}/extension/~", RateGroup.LIGHT),
        (f"{API}/extension/101,102/presence", RateGroup.LIGHT),
        (f"{API}/extension/~/presence/line", RateGroup.LIGHT),
        (API, RateGroup.LIGHT),
    ],
)
def test_path_belongs_to_a_group(path: str, group: RateGroup) -> None:
    """By the platform's own division."""
    assert group_of(path) is group


def test_too_many_of_one_group_miss_a_goal_of_their_own() -> None:
    """As does a single refusal."""
    seen = [{"path": f"{API}/presence", "status": 200}] * 10
    seen.append({"path": f"{API}/presence", "status": 429})
    reached = {figure.key: figure.is_reached for figure in figures("start", seen)}
    assert reached == {
        "start": True,
        "start_refused": False,
        "start_light": True,
        "start_medium": True,
        "start_heavy": False,
        "start_auth": True,
    }
