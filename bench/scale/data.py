"""Country data made up, of real shape: the areas, questions, bands and series of the graph, years back from 2025.

The same size and seed give the same rows. Every kind of fault that a row can have is sown in; those that no table can
express, such as two areas on one value, are sown into the statements.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from migkg import queries
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, PREFIXES, local

COLUMNS = ("area", "element", "period", "value", "status", "unit", "source", "note")
LAST_YEAR = 2025
SOURCE = "src-unsd-sdg-10-7-2-country"
Row = dict[str, str]
Statement = tuple[str, str]
_MG, _QB, _DCT, _SKOS = (PREFIXES[p] for p in ("mg", "qb", "dcterms", "skos"))
_GRAPH = BASE + "graph/data/observations/"
PER_ROW = 9.6  # statements that a row makes, on average


@dataclass(frozen=True)
class Plan:
    """The names that rows are made of: areas, elements with the codes they take, series with their unit."""

    areas: tuple[str, ...]
    coded: tuple[tuple[str, tuple[str, ...]], ...]
    series: tuple[tuple[str, str], ...]


def plan(store: OxigraphStore) -> Plan:
    """Read the names from a graph."""

    def ask(text: str) -> list[tuple[str, ...]]:
        rows = queries.rows(store, queries.Query("plan", queries.prologue() + text, ""))
        return [tuple(value or "" for value in row.values()) for row in rows]

    codes: dict[str, list[str]] = {}
    for element, code in ask(
        "SELECT ?e ?c WHERE { ?e mg:codeList ?list . ?c skos:inScheme ?list ; a skos:Concept } ORDER BY ?e ?c"
    ):
        codes.setdefault(element, []).append(code)
    return Plan(
        tuple(row[0] for row in ask("SELECT ?a WHERE { ?a a mg:Country } ORDER BY ?a")),
        tuple((element, tuple(some)) for element, some in codes.items()),
        tuple(
            (e, u.removeprefix("unit-"))
            for e, u in ask("SELECT ?e ?u WHERE { ?e a mg:Series ; mg:unit ?u } ORDER BY ?e")
        ),
    )


FAULTS_OF_ROWS: dict[str, Row] = {
    "unknown area": {"area": "XYZ"},
    "letters of the area turned": {"area": "KNE"},
    "unknown element": {"element": "sdg1072-d9-z"},
    "short year": {"period": "21"},
    "year in words": {"period": "last year"},
    "year to come": {"period": "2099"},
    "unknown code": {"value": "answer1072-perhaps"},
    "code of another list": {"value": "force-treaty"},
    "value missing, status normal": {"value": "", "status": "normal"},
    "value given, status missing": {"status": "missing"},
    "unknown status": {"status": "guessed"},
    "number without unit": {"value": "12.5", "unit": ""},
    "unknown unit": {"value": "12.5", "unit": "bananas"},
    "share beyond 100": {"value": "140", "unit": "percent"},
    "half a person": {"value": "2.5", "unit": "persons"},
    "no source": {"source": ""},
    "unknown source": {"source": "src-nobody"},
    "a source that is none": {"source": "KEN"},
}


def rows(size: int, names: Plan, *, seed: int = 1, faulty: float = 0.001) -> Iterator[tuple[Row, str]]:
    """Yield as many rows as make about `size` statements, each with the name of its fault if it has one."""
    chance = random.Random(seed)
    faults = list(FAULTS_OF_ROWS) + list(_FAULTS_OF_STATEMENTS)
    left, sown = round(size / PER_ROW), 0
    for period in range(LAST_YEAR, 0, -1):
        for area in names.areas:
            for row in _rows_of(area, period, names, chance):
                if left == 0:
                    return
                left -= 1
                fault = ""
                if chance.random() < faulty or left < len(faults) - sown:
                    fault = faults[sown % len(faults)]  # one after the other, so that each kind is there
                    sown += 1
                yield {**row, **FAULTS_OF_ROWS.get(fault, {})}, fault


def _rows_of(area: str, period: int, names: Plan, chance: random.Random) -> Iterator[Row]:
    base = {"area": area, "period": str(period), "status": "normal", "unit": "", "source": SOURCE, "note": ""}
    for element, codes in names.coded:
        if chance.random() < 0.05:
            yield {**base, "element": element, "value": "", "status": "missing"}
        else:
            note = f"Answer of {area} for {period}." if chance.random() < 0.3 else ""
            yield {**base, "element": element, "value": chance.choice(codes), "note": note}
    for element, unit in names.series:
        yield {**base, "element": element, "value": str(chance.randrange(100_000)), "unit": unit}


def statements(row: Row, data_set: str, fault: str = "") -> tuple[str, list[Statement]]:
    """Return the name of the row's observation and what it says, as the load query of observations would."""
    name = f"<{BASE}id/ob-{data_set}-{row['area']}-{row['element']}-{row['period'].replace(' ', '%20')}>"

    def iri(space: str, local_name: str) -> str:
        return f"<{BASE}{space}/{local_name}>"

    found = [(PREFIXES["rdf"] + "type", f"<{_MG}Observation>"), (_QB + "dataSet", f"<{_GRAPH}{data_set}>")]
    found += [(_MG + "area", iri("id", row["area"])), (_MG + "element", iri("id", row["element"]))]
    found.append((_MG + "period", str(ox.Literal(row["period"], datatype=ox.NamedNode(PREFIXES["xsd"] + "gYear")))))
    value = row["value"]
    if value and value.replace(".", "", 1).isdigit():
        found.append((_MG + "value", f'"{value}"^^<{PREFIXES["xsd"]}decimal>'))
        found.append((_MG + "sourceText", f'"{value}"'))
    elif value:
        found.append((_MG + "value", iri("code", value)))
    found.append((_MG + "status", iri("code", "status-" + row["status"])))
    if row["unit"]:
        found.append((_MG + "unit", iri("code", "unit-" + row["unit"])))
    if row["source"]:
        found.append((_DCT + "source", iri("id", row["source"])))
    if row["note"]:
        found.append((_SKOS + "note", f'"{row["note"]}"'))
    return name, _spoilt(found, fault)


_FAULTS_OF_STATEMENTS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    # The property, and what is said with it beside what the row says (None: what the row says is taken away).
    "two areas": (_MG + "area", (f"<{BASE}id/KEN>", f"<{BASE}id/UGA>")),
    "area in words": (_MG + "area", ('"Kenya"',)),
    "no area": (_MG + "area", None),
    "no element": (_MG + "element", None),
    "element in words": (_MG + "element", ('"Domain 1"@en',)),
    "two elements": (_MG + "element", (f"<{BASE}id/sdg1072-d1>", f"<{BASE}id/sdg1072-d2>")),
    "no year": (_MG + "period", None),
    "two years": (_MG + "period", (f'"1999"^^<{PREFIXES["xsd"]}gYear>',)),
    "year as text": (_MG + "period", ('"1999"',)),
    "year as number": (_MG + "period", (f'"1999"^^<{PREFIXES["xsd"]}integer>',)),
    "two states of the value": (_MG + "status", (f"<{BASE}code/status-missing>", f"<{BASE}code/status-normal>")),
    "no status": (_MG + "status", None),
    "status in words": (_MG + "status", ('"normal"',)),
    "two units": (_MG + "unit", (f"<{BASE}code/unit-percent>", f"<{BASE}code/unit-persons>")),
    "unit in words": (_MG + "unit", ('"per cent"',)),
    "no data set": (_QB + "dataSet", None),
    "data set in words": (_QB + "dataSet", ('"a file"',)),
    "two values": (_MG + "value", (f"<{BASE}code/answer1072-yes>", f"<{BASE}code/answer1072-no>")),
    "source in words": (_DCT + "source", ('"the ministry"@en',)),
    "an unknown nature": (_MG + "valueNature", (f"<{BASE}code/status-normal>",)),
}


def _spoilt(found: list[Statement], fault: str) -> list[Statement]:
    if fault not in _FAULTS_OF_STATEMENTS:
        return found
    path, more = _FAULTS_OF_STATEMENTS[fault]
    if more is None:
        return [s for s in found if s[0] != path]
    return list(dict.fromkeys([*found, *((path, value) for value in more)]))


def lines(made: Iterator[tuple[Row, str]], data_set: str) -> Iterator[str]:
    """Yield the statements of rows as N-Triples, and those about the data set."""
    for predicate, value in (
        (PREFIXES["rdf"] + "type", f"<{_QB}DataSet>"),
        (PREFIXES["rdf"] + "type", f"<{PREFIXES['prov']}Entity>"),
        (_DCT + "source", f"<{BASE}id/{SOURCE}>"),
    ):
        yield f"<{_GRAPH}{data_set}> <{predicate}> {value} .\n"
    for row, fault in made:
        name, said = statements(row, data_set, fault)
        yield "".join(f"{name} <{predicate}> {value} .\n" for predicate, value in said)


def beside(store: OxigraphStore, names: Plan) -> list[ox.Triple]:
    """Return what the shapes look at beside the rows: ontology and codes, areas, elements, the source."""
    vocabulary = [t for name in store.graphs() if local(name).startswith("ontology/") for t in store.get(name)]
    things: Sequence[str] = (*names.areas, *(e for e, _ in names.coded), *(e for e, _ in names.series), SOURCE)
    return vocabulary + [t for thing in things for t in store.about(ox.NamedNode(BASE + "id/" + thing))]
