"""Invented names."""

from collections.abc import Iterator
from itertools import count
from random import Random

_FIRST_NAMES = """
Ada Alba Anouk Arlo Basil Beatrix Bram Calla Caspian Cleo Corin Dahlia Dorian Edda
Elio Enid Esme Fenn Fiora Gideon Greta Hal Hazel Ilse Indigo Ivo Jasper Juno Kit
Lark Leander Linnea Lorcan Mabel Magnus Marlo Milo Nell Nico Odette Olwen Orson
Ottilie Pascal Pearl Perrin Quill Rafe Rosalind Rowan Saffron Silas Sorrel Tamsin
Thea Tobias Una Vesper Willa Xanthe Yara Zeno
"""

_LAST_NAMES = """
Alderwick Amberley Appleyard Ashgrove Barleycorn Beechwood Bellweather Birdwhistle
Brambleby Brightwater Butterworth Candlewick Cloudesley Copperfield Cranberry
Dewhurst Dovetail Elderflower Everglade Fairweather Featherstone Fernsby Foxglove
Gingerbread Goldfinch Greenhalgh Hathersage Hazelnut Heatherton Honeycutt Inkersole
Juniper Kingfisher Larkspur Lavender Lindenbaum Longbottom Marigold Meadowcroft
Merriweather Moonfleet Mossop Nightingale Oakenshaw Orchard Pennyfeather Peppercorn
Pickering Plumtree Primrose Quillfeather Quince Rainsford Ravenscar Rosewarne
Rushmere Sandpiper Silverthorn Skylark Snowdrop Starling Sunderby Tanglewood
Teasdale Thistlewood Thornbury Underhill Vellacott Waterlily Wetherby Whistlecraft
Wildgoose Willowby Winterbourne Wrenfield Yellowhammer
"""


def invented_names(random: Random) -> Iterator[str]:
    """Yield names in a random order; none comes twice."""
    names = [
        f"{first} {last}"
        for first in _FIRST_NAMES.split()
        for last in _LAST_NAMES.split()
    ]
    random.shuffle(names)
    for round_number in count(1):
        for name in names:
            yield name if round_number == 1 else f"{name} {round_number}"
