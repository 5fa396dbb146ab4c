"""Home Assistant as the demo starts it."""

from demo.home_assistant import put_stand_ins
from homeassistant.helpers.service import _base_components


def test_everything_is_there_that_the_list_of_actions_imports() -> None:
    """Else the editor shows none, as soon as there is a light or a media player."""
    put_stand_ins()
    assert "light" in _base_components()
