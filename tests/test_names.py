"""An unknown name is met with the known ones that it was probably meant to be."""

from __future__ import annotations

import pyoxigraph as ox

from migkg.names import Names
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
