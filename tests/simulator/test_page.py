"""The page at the root address: what it shows, and that it rings phones."""

from html import unescape
import json
import re

import pytest

from simulator import SimulatorOptions

from .client import Client


async def _page(stranger: Client) -> str:
    async with stranger.http.get(f"{stranger.simulator.server}/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        return unescape(await answer.text())


async def test_page_names_every_person_and_what_it_is(stranger: Client) -> None:
    page = await _page(stranger)

    assert "stand-in for RingCentral's platform" in page
    for user in stranger.simulator.users:
        assert f"{user.name} ({user.number})" in page


async def test_name_with_markup_is_text(stranger: Client) -> None:
    stranger.simulator.change_extension("101", name="<img src=x>")
    async with stranger.http.get(f"{stranger.simulator.server}/") as answer:
        assert "<img" not in await answer.text()


async def test_command_of_the_page_rings_a_phone(stranger: Client) -> None:
    [body] = re.findall(r"--json '(.*)'", await _page(stranger))
    async with stranger.http.post(
        f"{stranger.simulator.server}/simulator/calls", json=json.loads(body)
    ) as answer:
        assert answer.status == 201

    assert len(list(stranger.simulator.account.calls)) == 1


async def test_button_of_the_page_may_ring_a_phone(stranger: Client) -> None:
    """Browsers send these headers with what a page of the simulator posts."""
    server = stranger.simulator.server
    numbers = re.findall(r'<button value="(\d+)">', await _page(stranger))
    assert numbers[1] == "102"
    async with stranger.http.post(
        f"{server}/simulator/calls",
        json={"to": "102", "from": "+16505550123"},
        headers={"Origin": server, "Sec-Fetch-Site": "same-origin"},
    ) as answer:
        assert answer.status == 201


@pytest.mark.parametrize(
    "simulator_options",
    [SimulatorOptions(port=0, host=host) for host in ("127.0.0.1", "0.0.0.0")],
    ids=["this machine", "network"],
)
async def test_page_has_no_foreign_name(stranger: Client) -> None:
    """Not even in a network, where the rest of the platform answers to any name."""
    answer = await stranger.call("GET", "/", headers={"Host": "evil.example:8089"})

    assert answer.status == 403
