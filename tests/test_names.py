"""An unknown name is met with the known ones that it was probably meant to be."""

from __future__ import annotations

import pyoxigraph as ox

from migkg import lookup
from migkg.names import Names
from migkg.near import likeness, nearest
from migkg.terms import PREFIXES, thing
from tests import bases

COUNTRY = PREFIXES["mg"] + "Country"


def test_a_slip_of_letters_is_seen_through():
    """Two letters changed places, one forgotten; only things of the class that is wanted."""
    names = Names(bases.small_store())
    known = sorted(names._in(PREFIXES["mgd"], (COUNTRY,)))
    country = known[0]
    turned = country[1] + country[0] + country[2:]
    assert turned not in known
    assert names.near(thing(turned), (COUNTRY,)).startswith(f"Did you mean {country}")
    assert names.near(thing("zzzzzzzzzz"), (COUNTRY,)) == "The graph does not know this name."


def test_a_code_is_looked_for_among_the_codes():
    """Not among all things."""
    said = Names(bases.small_store()).near(ox.NamedNode(PREFIXES["mgc"] + "status-nromal"))
    assert said == "Did you mean status-normal?" or said.startswith("Did you mean status-normal or ")


def test_known_names_and_those_of_others_get_no_suggestion():
    """Nothing is wrong with them."""
    names = Names(bases.small_store())
    assert names.near(ox.NamedNode(PREFIXES["mgc"] + "status-normal")) == ""
    assert names.near(ox.NamedNode("http://example.org/x")) == ""


SLIPS = {
    "refugee convntion": "refugee-convention-1951",
    "10.7.22": "sdg-indicator-10-7-2",
    "Keyna": "KEN",
    "Untied Kingdom": "GBR",
    "Côte d'Ivoir": "CIV",
    "MiGOff": "migof",
    "Global Compakt for Migration": "gcm",
    "bali proces": "bali-process",
    "trafficking protocoll": "trafficking-protocol",
    "Internatonal Organisation for Migration": "iom",
}


def test_a_slip_still_finds_the_thing(store):
    """Letters lost, doubled or turned, accents left out: what was meant is among the first."""
    for typed, meant in SLIPS.items():
        assert meant in [one.id for one in lookup.search(store, typed, 5)], typed
    for noise in ("zzzz", "qwerty", "lorem ipsum dolor", "10.99.9x"):
        assert lookup.search(store, noise, 5) == [], noise


def test_of_equally_near_words_the_first_known_comes_first():
    """The same suggestions each time; nothing below the least likeness."""
    assert nearest("kat", ["cat", "bat", "kit", "dog"], 3, 0.6) == ["cat", "bat", "kit"]
    assert nearest("kat", ["dog"], 3, 0.6) == [] and likeness("kat", "dog", 0.5) == 0
    assert likeness("kat", "kat", 0.5) == 1
