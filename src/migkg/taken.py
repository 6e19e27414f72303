"""Whether somebody has already given the answers that a form gives: then two would speak for one country and year."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from migkg.errors import RuleBroken
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import PREFIXES, RDF_TYPE, local

_CONFORMS = ox.NamedNode(PREFIXES["dcterms"] + "conformsTo")
_SET = ox.NamedNode(PREFIXES["qb"] + "dataSet")
_OBSERVATION = ox.NamedNode(PREFIXES["mg"] + "Observation")
_AREA, _PERIOD = (PREFIXES["mg"] + name for name in ("area", "period"))


def refuse_taken(store: OxigraphStore, graph: str, triples: Iterable[ox.Triple]) -> None:
    """Refuse a form when another graph holds the answers of its country and year by its method. Raises RuleBroken."""
    mine = list(triples)
    here = ox.NamedNode(graph)
    methods = {t.object for t in mine if t.predicate == _CONFORMS and t.subject == here}
    if not methods:
        return
    cases = _cases(mine)
    for method in sorted(methods, key=str):
        others = {q.subject for q in store.engine.quads_for_pattern(None, _CONFORMS, method, None)} - {here}
        for other in sorted(others, key=str):
            if isinstance(other, ox.NamedNode) and (both := cases & _cases(store.get(other.value))):
                area, period = min(both)
                name = local(method.value).removeprefix("scoring-")  # type: ignore[union-attr]
                raise RuleBroken(
                    f"The answers of {area} {period} to {name} are already in the graph {other.value}. To replace "
                    f"them, put this form with --graph {other.value} (over HTTP: ?graph=), or delete that graph "
                    f"first. Nothing was written."
                )


def _cases(triples: Iterable[ox.Triple]) -> set[tuple[str, str]]:
    """Return the countries and years that observations are about."""
    found: dict[object, dict[str, str]] = {}
    seen = set()
    for t in triples:
        if t.predicate == RDF_TYPE and t.object == _OBSERVATION:
            seen.add(t.subject)
        elif t.predicate.value in (_AREA, _PERIOD) and isinstance(t.object, ox.NamedNode | ox.Literal):
            value = t.object.value
            found.setdefault(t.subject, {})[t.predicate.value] = local(value) if "/" in value else value
    return {(said[_AREA], said[_PERIOD]) for node, said in found.items() if node in seen and len(said) == 2}
