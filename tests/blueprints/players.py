"""Media players."""

from typing import Final, override

from pytest_homeassistant_custom_component.common import setup_test_component_platform

from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.const import (
    MediaPlayerEntityFeature,
    MediaPlayerState,
)

from .common import House

KITCHEN: Final = "media_player.kitchen"
BATH: Final = "media_player.bath"
CELLAR: Final = "media_player.cellar"

PLAYING: Final = MediaPlayerState.PLAYING
PAUSED: Final = MediaPlayerState.PAUSED
IDLE: Final = MediaPlayerState.IDLE


class Player(MediaPlayerEntity):
    """A media player."""

    _attr_should_poll = False
    _attr_supported_features = (
        MediaPlayerEntityFeature.PAUSE
        | MediaPlayerEntityFeature.PLAY
        | MediaPlayerEntityFeature.STOP
    )

    def __init__(self, name: str) -> None:
        """Initialize a playing player."""
        self._attr_name = name
        self._attr_state = PLAYING

    @override
    async def async_media_play(self) -> None:
        self._set_state(PLAYING)

    @override
    async def async_media_pause(self) -> None:
        self._set_state(PAUSED)

    @override
    async def async_media_stop(self) -> None:
        self._set_state(IDLE)

    def _set_state(self, state: MediaPlayerState) -> None:
        self._attr_state = state
        self.async_write_ha_state()


async def add_players(house: House) -> None:
    """Add three players; those in kitchen and bath are playing."""
    players = [Player("Kitchen"), Player("Bath"), Player("Cellar")]
    setup_test_component_platform(house.hass, "media_player", players)
    await house.set_up("media_player", {"platform": "test"})
    await house.call("media_player.media_stop", CELLAR)
