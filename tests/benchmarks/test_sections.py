"""What sections measure in processes of their own."""

from benchmarks.fresh_process import run_in_fresh_process
from benchmarks.sections.footprint import Footprint
from benchmarks.sections.turns import Phase, Turns, measure_all

_SIZE = 20


def test_all_phases_of_an_account_are_measured() -> None:
    """From the first start of Home Assistant until nothing but a few lines is left."""
    turns, readings = run_in_fresh_process(measure_all, _SIZE)

    assert turns.phases.keys() == set(Phase)
    assert min(*turns.phases.values(), *turns.writes, *readings) > 0


def test_phases_are_relative_to_bare_writes() -> None:
    """The starts have references of their own."""
    turns = Turns(
        [4.0, 5.0, 9.0], {Phase.START: 50.0, Phase.RELOAD: 20.0, Phase.RESTART: 70.0}
    )

    assert turns.ratios == {Phase.RELOAD: 4.0}


def test_extension_takes_what_a_large_account_has_more() -> None:
    """So what both sizes need does not count."""
    small = Footprint(10, resident=5_000, objects=700, registry_events=59)
    large = Footprint(110, resident=25_000, objects=1_200, registry_events=559)

    assert large.per_extension(small) == (200, 5, 5)
