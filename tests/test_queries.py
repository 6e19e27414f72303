"""Every query file is well made, runs anywhere, and gives its golden answer over the tiny base."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from migkg import convert, queries
from migkg.ask import READERS
from migkg.queries import Query, Row
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import local
from tests import bases, golden

FOLDERS = sorted(p.name for p in (bases.ROOT / "queries").iterdir() if p.is_dir())
ALL = [q for folder in FOLDERS for q in queries.folder(folder)]
ASK = [q for q in ALL if q.name.startswith("ask/")]
SELECTS = [q for q in ALL if re.search(r"^SELECT\b", q.text, re.MULTILINE)]
ANSWERS = [q for q in SELECTS if q.name.startswith(("ask/", "view/"))]
TYPES = {"thing", "code", "string", "year", "date", "integer", "graph", "method"}
ECHO = {"ask/wording-on-date", "ask/instruments-most-rested-on"}  # these print the day, or count within what was asked
HEADER_ONLY_OK: set[str] = set()  # queries that may have an empty golden answer, each with its reason
NOT_IN_RDFLIB: dict[str, str] = {  # queries that rdflib gets wrong or does not finish, with the reason
    "view/ontology-links": "rdflib pairs all things with all things before it looks for a relation between them",
}


def ids(query: Query) -> str:
    """Name a test after its query."""
    return query.name


def body(query: Query) -> str:
    """Return the SPARQL without header, comments, texts and IRIs."""
    lines = [line for line in query.text.splitlines() if not line.startswith("#")]
    return re.sub(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>', " ", "\n".join(lines))


def selected(query: Query) -> list[str]:
    """Return the names of the columns."""
    return golden.columns_of(bases.small_store(), query)


# ---------------------------------------------------------------------------------------------- the header


@pytest.mark.parametrize("query", ALL, ids=ids)
def test_a_header_says_what_the_query_answers(query: Query) -> None:
    """A summary is a heading of one line; a description is made of sentences."""
    assert query.summary and not query.summary.endswith(".") and len(query.summary) <= 100
    assert not query.description or query.description.strip().endswith(".")
    for param in query.params:
        assert param.type in TYPES, f"{param.name} has a type that nobody can read"
        assert param.doc and not param.doc.endswith("."), f"{param.name} is not explained"


@pytest.mark.parametrize("query", ASK, ids=ids)
def test_a_question_says_who_asks_and_what_the_columns_mean(query: Query) -> None:
    """A page, a command and a service are made of this header."""
    said = query.extra
    assert {"reader", "who", "purpose", "columns", "example"} <= set(said) and query.description and query.tags
    assert list(said["columns"]) == selected(query)
    assert set(said["example"]) <= {p.name for p in query.params}
    assert all(p.example for p in query.params), "every parameter shows a value"
    assert said["reader"] in READERS
    assert not said["who"].endswith(".") and said["purpose"].endswith(".")


@pytest.mark.parametrize("query", ASK, ids=ids)
def test_the_example_of_a_question_has_an_answer(query: Query) -> None:
    """What the documentation shows is not an empty table."""
    values = {name: golden.term(query, name, str(value)) for name, value in query.extra["example"].items()}
    assert queries.rows(bases.real_store(), query, **values)


# ---------------------------------------------------------------------------------------------- the text


@pytest.mark.parametrize("query", ALL, ids=ids)
def test_a_query_runs_as_it_stands_in_other_tools(query: Query) -> None:
    """Plain SPARQL 1.1: Oxigraph runs it, rdflib parses it, nothing is asked of other servers."""
    OxigraphStore().query(query.text)
    prepareQuery(query.text)
    assert not re.search(r"\b(SERVICE|FROM|LOAD|INSERT|DELETE)\b", body(query))


@pytest.mark.parametrize("query", ALL, ids=ids)
def test_prefixes_are_those_that_are_used(query: Query) -> None:
    """No prefix is left over, and each means what it means everywhere."""
    text = body(query)
    declared = dict(re.findall(r"^PREFIX (\w+): <([^>]*)>$", query.text, re.MULTILINE))
    used = set(re.findall(r"\b(\w+):\w", text.replace("PREFIX", "")))
    assert set(declared) == used
    assert {name: start for name, start in queries.PREFIXES.items() if name in declared} == declared


@pytest.mark.parametrize("query", SELECTS, ids=ids)
def test_a_table_has_an_order(query: Query) -> None:
    """The same question gives the same table, line by line."""
    assert re.search(r"\}[^{}]*\bORDER BY\b[^{}]*$", query.text)
    assert "SELECT *" not in query.text


def not_exists(text: str) -> list[tuple[set[str], set[str]]]:
    """Return, for each FILTER NOT EXISTS, the variables inside it and those outside."""
    found = []
    for start in re.finditer(r"NOT\s+EXISTS\s*\{", text):
        depth, end = 1, start.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside = set(re.findall(r"\?(\w+)", text[start.end() : end]))
        outside = set(re.findall(r"\?(\w+)", text[: start.start()] + text[end:]))
        found.append((inside, outside))
    return found


@pytest.mark.parametrize("query", ALL, ids=ids)
def test_no_query_looks_for_absence_over_two_outer_variables(query: Query) -> None:
    """Oxigraph takes minutes for it; MINUS or a subselect takes milliseconds."""
    for inside, outside in not_exists(body(query)):
        assert len(inside & outside) < 2, "write MINUS, or a subselect"


def test_the_lint_for_absence_sees_what_it_should() -> None:
    """The lint is not blind: two shared variables are seen, one is let pass."""
    two = "?a ?b ?c . FILTER NOT EXISTS { ?a ?p ?c { ?x ?y ?z } } ?d ?e ?f"
    one = "?a ?b ?c . FILTER NOT EXISTS { ?a ?p ?q }"
    assert [len(i & o) for i, o in not_exists(two)] == [2]
    assert [len(i & o) for i, o in not_exists(one)] == [1]


@pytest.mark.parametrize("query", ASK, ids=ids)
def test_labels_are_english_and_stand_beside_ids(query: Query) -> None:
    """A column `x_label` is the English label of column `x`."""
    columns = selected(query)
    for name in columns:
        if name.endswith("_label"):
            assert name.removesuffix("_label") in columns
    for variable in re.findall(r"skos:prefLabel \?(\w+)", query.text):
        assert re.search(rf'LANG\(\?{variable}\) = "en"', query.text), f"?{variable} comes in every language"


def pattern(query: Query) -> str:
    """Return the pattern with variables numbered in the order they occur, so that renaming does not hide a twin."""
    text = re.sub(r"\s+", " ", re.sub(r"^(#|PREFIX).*$", "", query.text, flags=re.MULTILINE))
    text = text[text.index("WHERE") :]
    seen: dict[str, str] = {}
    return re.sub(r"\?(\w+)", lambda m: seen.setdefault(m.group(1), f"?{len(seen)}"), text)


def test_no_two_questions_have_the_same_pattern() -> None:
    """Each question is a question of its own."""
    patterns = [pattern(q) for q in ASK]
    assert len(set(patterns)) == len(patterns)


# ---------------------------------------------------------------------------------------------- the answers


@cache
def answers() -> dict[str, str]:
    """Return all golden answers as they are now."""
    return dict(golden.answers())


@pytest.mark.parametrize("query", ALL, ids=ids)
def test_the_golden_answer_is_given(query: Query) -> None:
    """The answer over the tiny base is the one that somebody has read. `make golden` writes them anew."""
    mine = {n: t for n, t in answers().items() if re.sub(r"(--[^/]*)?\.(csv|nt)$", "", n) == query.name}
    assert mine
    for name, text in mine.items():
        path = golden.GOLDEN / name
        assert path.is_file(), f"tests/queries/{name} is missing: run `make golden` and read it"
        assert path.read_text(encoding="utf-8") == text
        assert text.count("\n") > (0 if name.endswith(".nt") else 1) or query.name in HEADER_ONLY_OK, (
            "the answer is empty"
        )


def test_no_golden_answer_is_left_over() -> None:
    """Every file in tests/queries belongs to a query."""
    there = {p.relative_to(golden.GOLDEN).as_posix() for p in golden.GOLDEN.glob("*/*")}
    assert there == set(answers())
    assert set(golden.runs()) <= {q.name for q in ALL}


@cache
def shuffled() -> OxigraphStore:
    """Return the tiny base, loaded in another order."""
    store = OxigraphStore()
    for name in reversed(bases.small_store().graphs()):
        store.put(name, sorted(bases.small_store().get(name), key=lambda t: str(t)[::-1]))
    return store


@pytest.mark.parametrize("query", SELECTS, ids=ids)
def test_the_order_of_loading_changes_nothing(query: Query) -> None:
    """The order of the rows is total: no two rows are left to chance."""
    assert queries.rows(shuffled(), query) == queries.rows(bases.small_store(), query)


@pytest.mark.parametrize("query", ASK, ids=ids)
def test_a_parameter_keeps_the_rows_that_have_its_value(query: Query) -> None:
    """Asking with a value gives the rows of the unfiltered answer with that value, no more and no fewer."""
    everything = queries.solutions(bases.small_store(), query)
    for param in query.params:
        for value in {row.get(param.name) for row in everything} - {None}:
            wanted = [row for row in everything if row[param.name] == value]
            assert queries.solutions(bases.small_store(), query, **{param.name: value}) == wanted, (
                f"{param.name} = {value}"
            )


@pytest.mark.parametrize("query", ASK, ids=ids)
def test_a_question_joins_at_least_two_files(query: Query) -> None:
    """No single graph gives the answer; that is what the graph as a whole is for."""
    whole = queries.rows(bases.small_store(), query)
    for name, part in single_graphs().items():
        assert queries.rows(part, query) != whole, f"{local(name)} alone gives this answer"


@cache
def single_graphs() -> dict[str, OxigraphStore]:
    """Return one store for each graph of the tiny base that is not a shape."""
    found = {}
    for name in bases.small_store().graphs():
        if not local(name).startswith("shapes/"):
            store = OxigraphStore()
            store.put(name, bases.small_store().get(name))
            found[name] = store
    return found


@cache
def reference() -> rdflib.Graph:
    """Return the merge of the tiny base as an rdflib graph."""
    quads = bases.small_store().engine.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return convert.graph([q.triple for q in quads])


@cache
def dataset() -> rdflib.Graph:
    """Return the tiny base as an rdflib data set: the merge as its default graph, and the named graphs."""
    found = rdflib.Dataset()
    for one in bases.small_store().graphs():
        found.graph(rdflib.URIRef(one)).__iadd__(convert.graph(bases.small_store().get(one)))
    found.default_graph.__iadd__(reference())
    return found


def shown(value: Any) -> str | None:
    """Write a term of either engine in the same way; numbers to six places, for engines cut decimals differently."""
    if value is None:
        return None
    if isinstance(value, rdflib.URIRef | ox.NamedNode):
        return local(str(value) if isinstance(value, rdflib.URIRef) else value.value)
    datatype = str(value.datatype if isinstance(value, rdflib.Literal) else value.datatype.value)
    text = str(value) if isinstance(value, rdflib.Literal) else value.value
    if datatype.endswith(("decimal", "integer", "double")):
        try:
            return f"{Decimal(text):.6f}"
        except InvalidOperation:
            return text
    return text


@pytest.mark.parametrize("query", ANSWERS, ids=ids)
def test_rdflib_gives_the_same_rows(query: Query) -> None:
    """Two engines that share no code agree."""
    if query.name in NOT_IN_RDFLIB:
        pytest.skip(NOT_IN_RDFLIB[query.name])
    names = selected(query)
    ours = [tuple(shown(row[n]) for n in names) for row in queries.solutions(bases.small_store(), query)]
    found = (dataset() if "GRAPH" in body(query) else reference()).query(query.text)
    theirs = [tuple(shown(row.get(rdflib.Variable(n))) for n in names) for row in found.bindings]
    assert sorted(ours, key=str) == sorted(theirs, key=str)


def rows_of(query: str) -> list[Row]:
    """Return the unfiltered answer over the real graph."""
    return queries.rows(bases.real_store(), f"ask/{query}")


def test_answers_checked_by_hand() -> None:
    """Some answers over the real graph, looked up in the files by eye."""
    assert {r["indicator"] for r in rows_of("asked-in-2016-not-since")} >= {"mgi2016-5-1", "mgi2016-5-4", "mgi2016-5-5"}
    assert {r["country"] for r in rows_of("members-without-report") if r["mechanism"] == "igad-rcp"} == {"ERI", "SDN"}
    mexico = {r["element"]: r["steps"] for r in rows_of("changes-between-rounds") if r["country"] == "MEX"}
    assert mexico["sdg-indicator-10-7-2"] == "2" and mexico["sdg1072-d4"] == "1"
    least = {
        r["country"]
        for r in rows_of("members-in-group")
        if (r["mechanism"], r["group"]) == ("colombo-process", "m49-199")
    }
    assert least == {"AFG", "BGD", "KHM", "NPL"}
    tiers = [
        r["what"]
        for r in rows_of("tiers-and-custodians")
        if r["indicator"] == "sdg-indicator-10-7-2" and r["body"] is None
    ]
    assert tiers[0] == "tier-iii" and tiers[-1] == "tier-i"
    assert "gcm-o12" in {r["part"] for r in rows_of("parts-without-counterpart")}
    against = {
        r["state"] for r in rows_of("votes-and-bands") if (r["text"], r["cast"]) == ("un-res-a-73-195", "against")
    }
    assert against == {"CZE", "HUN", "ISR", "POL", "USA"}


def asked(query: str, **values: str) -> list[Row]:
    """Return the answer over the real graph with these values."""
    found = queries.load(f"ask/{query}")
    return queries.rows(bases.real_store(), found, **{k: golden.term(found, k, v) for k, v in values.items()})


def test_standings_checked_by_hand() -> None:
    """Members of the Bali Process and Kenya, looked up in the published lists by eye."""
    bali = {
        r["state"]: r for r in asked("treaty-standing-of-members", body="bali-process", treaty="smuggling-protocol")
    }
    assert (bali["AUS"]["standing"], bali["AUS"]["since"]) == ("party", "2004-05-27")
    assert {s for s, r in bali.items() if r["standing"] == "signatory"} == {"JPN", "KOR", "LKA", "THA"}
    assert bali["VNM"]["standing"] == "not-party" and bali["VNM"]["list_day"] == "2014-07-10"
    assert bali["MAC"]["standing"] == "unknown", "no list speaks of a territory"
    kenya = {r["treaty"]: r for r in asked("treaties-of-country", country="KEN")}
    assert (kenya["cat"]["standing"], kenya["cat"]["since"]) == ("party", "1997-02-21")
    assert (kenya["icpped"]["standing"], kenya["icpped"]["signed"]) == ("signatory", "2007-02-06")
    assert kenya["icrmw"]["standing"] == "not-party" and kenya["ilo-c143"]["standing"] == "unknown"
    gaps = {r["state"]: r["standing"] for r in asked("ratification-gaps", group="ecowas", treaty="icrmw")}
    assert gaps == {"CIV": "not-party", "LBR": "signatory", "SLE": "signatory"}


def test_counts_checked_by_hand() -> None:
    """Consents, votes, deaths and populations, added up from the published tables apart from the graph."""
    consents = asked("parties-by-year", treaty="smuggling-protocol")
    assert sum(int(r["states"] or 0) for r in consents) == 137
    assert {r["year"]: r["so_far"] for r in consents}["2005"] == "85"
    cast = [r["cast"] for r in asked("votes-treaties-and-bands", text="un-res-a-73-195", treaty="icrmw")]
    assert [cast.count(w) for w in ("for", "against", "abstained", "cast no vote")] == [152, 5, 12, 24]
    deaths = {r["route"]: r["deaths"] for r in asked("deaths-by-route", period="2024")}
    assert deaths["series-missing-migrants-dead-or-missing--central-mediterranean-route"] == "1810"
    unreported = asked("populations-without-report", series="series-undesa-migrant-stock")
    assert [r["area"] for r in unreported[:4]] == ["USA", "ARE", "PAK", "IRN"]


def test_questions_read_the_lists_as_the_law_page_does() -> None:
    """A standing is what the newest list that speaks says; a question never knows more than `view/standing`."""
    store = bases.small_store()
    lists: dict[tuple[str | None, str | None], list[tuple[str, str]]] = {}
    spoken = {(r["state"], r["list"]) for r in queries.rows(store, "view/participation")}
    for row in queries.rows(store, "view/standing"):
        if row["text"] == row["instrument"] and (row["answer"] != "unknown" or (row["state"], row["list"]) in spoken):
            lists.setdefault((row["state"], row["instrument"]), []).append((row["listed"] or "", row["answer"] or ""))
    for row in queries.rows(store, "ask/treaties-of-country"):
        said = lists.get((row["country"], row["treaty"]), [])
        assert row["standing"] == (max(said)[1] if said else "unknown"), row


@pytest.mark.parametrize("query", [q for q in ASK if any(not p.required for p in q.params)], ids=ids)
def test_a_parameter_narrows_and_never_rewrites(query: Query) -> None:
    """Each row that a value leaves is a row of the whole answer: a filter must not be printed as a fact."""
    needed = {p.name: golden.term(query, p.name, p.example) for p in query.params if p.required}
    names = selected(query)
    whole = {tuple(row[n] for n in names) for row in queries.rows(bases.real_store(), query, **needed)}
    for param in query.params:
        if param.required or query.name in ECHO:
            continue
        given = {**needed, param.name: golden.term(query, param.name, param.example)}
        part = {tuple(row[n] for n in names) for row in queries.rows(bases.real_store(), query, **given)}
        assert part <= whole, param.name
