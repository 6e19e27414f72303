"""A load query filled in row by row says exactly what the engine answers, for every family of tables."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migkg import load, queries, rowwise
from migkg.reading import Table
from migkg.rowwise import functions, syntax

INTO = "https://w3id.org/migkg/graph/data/observations/made"
FAMILIES = [q.short for q in queries.folder("load")]
# A mapping spells out short names by its head and may have several values in a cell: the engine reads those.
READ = [name for name in FAMILIES if name != "mappings"]
WORDS = [
    "", "KEN", "sdg1072-d1", "src-paper", "2021", "2021-05", "2021-05-17", "2021-02-30", "0000", "-0001", "12021",
    "last year", "1", "-0", "007", "1.50", "12.5", "-3", "1e5", "99999999999999999999999999", "0.0000001", ".5",
    "a b", "é", "a/b?c#d", "%41", "%", "~_.-", "mgc:force-treaty", "mg:area", "skos:note", "x:y", ":", "en",
    "en-GB", "EN",
    "fr", "yes", "no", "for", "against", "absent", "perhaps", 'say "so"', "a\\b", "two\nlines", "tab\there",
    "\u2028", "😀",
    "https://example.org/a?b=c&d=é", "http://[::1]", "not a link", "<http://a/b>", "{0}", "%s", "country", "src-",
    "src-é",
]  # fmt: skip
CELL = st.one_of(
    st.sampled_from(WORDS),
    st.text(max_size=6).filter(lambda text: not re.search(r"[\ud800-\udfff\0]", text)),
    st.from_regex(r"-?[0-9]{1,4}([.-][0-9]{1,3}){0,2}", fullmatch=True),
)


def columns(family: str) -> list[str]:
    """The columns that a query knows, and one that it does not."""
    known = set(re.findall(r"row:(\w+)", queries.load(f"load/{family}").text)) - {"graph", "line"}
    return [*sorted(known - heads(family)), "of no use"]


def heads(family: str) -> set[str]:
    """The keys that a query looks up in the head of a table."""
    text = queries.load(f"load/{family}").text
    return set(re.findall(r"row:(\w+)", " ".join(re.findall(r"\?graph\s+row:[^}.]*", text)))) - {"graph"}


def asked(family: str, table: Table, into: str = INTO) -> set[str]:
    """What the engine answers for all rows at once."""
    found = ox.Store()
    found.load("\n".join(load.row_lines(table, into)).encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    made = found.query(queries.load(f"load/{family}").text)
    return {str(t) for t in made}


@st.composite
def tables(draw, family):
    """Tables of a family: some of its columns, a few rows of anything, a head or none."""
    names = draw(st.lists(st.sampled_from(columns(family)), unique=True, min_size=1))
    rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, CELL)), max_size=4))
    keys = sorted(heads(family))
    meta = draw(st.dictionaries(st.sampled_from([*keys, "other"]), CELL, max_size=4))
    return Table(meta, names, list(enumerate(rows, 2)))


@pytest.mark.parametrize("family", READ)
def test_generated_tables_mean_what_the_engine_answers(family):
    """Whatever stands in the cells; the rows that Python leaves to the engine among them."""

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(tables(family))
    def check(table):
        assert {str(t) for t in load.facts(table, family, INTO)} == asked(family, table)

    check()


@pytest.mark.parametrize("family", READ)
def test_every_word_in_every_column_means_what_the_engine_answers(family):
    """Each odd word once in each column, beside cells that are as they should be."""
    names = columns(family)
    usual = {
        name: "2021" if name in ("period", "year") else "2021-05-17" if "date" in name else "mg:area" for name in names
    }
    rows = [usual, *({**usual, name: word} for name in names for word in WORDS)]
    table = Table({}, names, list(enumerate(rows, 2)))
    assert {str(t) for t in load.facts(table, family, INTO)} == asked(family, table)


@pytest.mark.parametrize("path", [p for p in load.project_files() if p.suffix in load.TABLES], ids=lambda p: p.stem)
def test_the_tables_of_the_project_mean_what_the_engine_answers(path):
    """And none of their rows needs the engine, but for mappings."""
    table, family, into = load.read_table(path), path.parent.name, load.graph_of(path)
    plan = rowwise.plan(queries.load(f"load/{family}").text, table.columns, table.meta, into)
    assert (plan is None) == (family == "mappings")
    table = Table(table.meta, table.columns, table.rows[:1_000])
    assert {str(t) for t in load.facts(table, family, into)} == asked(family, table, into)
    if plan:
        for line, cells in table.rows:
            plan.text(line, cells)


def test_pieces_say_what_the_whole_says(monkeypatch):
    """Where a table is cut does not show, and what is left to the engine is not lost."""
    rows = [{"area": "KEN", "element": f"e{n}", "period": "21" if n % 7 == 0 else "2021"} for n in range(50)]
    table = Table({"method": "sdg-10-7-2"}, ["area", "element", "period"], list(enumerate(rows, 2)))
    whole = load.facts(table, "observations", INTO)
    monkeypatch.setattr(load, "PIECE", 3)
    assert load.facts(table, "observations", INTO) == whole
    assert {str(t) for t in whole} == asked("observations", table)


CONSTRUCT = (
    "PREFIX row: <https://w3id.org/migkg/row/> CONSTRUCT { ?row row:is ?x } WHERE { ?row row:graph ?graph . %s }"
)


@pytest.mark.parametrize(
    "pattern",
    [
        "?row row:a ?x FILTER NOT EXISTS { ?row row:b ?y }",
        "?row row:a ?x MINUS { ?row row:b ?x }",
        "?other row:a ?x",  # another row
        "?row row:a/row:b ?x",
        "?row row:a ?x ; row:b ?x",
        "?row row:a ?x . ?x row:b ?y",
        "?row row:a 'x' . ?row row:b ?x",
        "?row row:a ?b BIND(RAND() AS ?x)",
        "?row row:a ?x OPTIONAL { ?row row:b ?y FILTER(?x = ?y) }",
        "?graph row:a ?x",  # a row would match too
        "{ SELECT (COUNT(?row) AS ?x) WHERE { ?row row:a ?y } }",
        "?row ?any ?x",
    ],
)
def test_what_is_not_sure_to_be_read_right_is_left_to_the_engine(pattern):
    """Words that are not read, rows that look at others, names of two meanings."""
    assert rowwise.plan(CONSTRUCT % pattern, ["a", "b"], {}, INTO) is None
    assert rowwise.plan(CONSTRUCT % "?row row:a ?x", ["a", "b"], {}, INTO) is not None


@pytest.mark.parametrize(
    ("names", "meta"), [(["a", "line"], {}), (["a", "graph"], {}), (["a"], {"line": "3"}), (["a", "subject_id"], {})]
)
def test_a_column_with_a_name_of_ours_is_left_to_the_engine(names, meta):
    """It would add a second line or graph to a row; an SSSOM table has several values in a cell."""
    assert rowwise.plan(CONSTRUCT % "?row row:a ?x", names, meta, INTO) is None


VALUES = [
    "", "a", "a b", "é", "2021", "2021-02-30", "2021-05", "1.50", "-0", "12", "yes", "en", "http://a/b", "://",
    "a:b", "AbC", "éab",
]  # fmt: skip
EXPRESSIONS = """
IRI(?a) | STR(IRI(?a)) | ENCODE_FOR_URI(?a) | STRLANG(?a, "en") | STRLANG("x", ?a) | STRDT(?a, xsd:gYear)
STRDT(?a, xsd:gYearMonth) | STRDT(?a, xsd:date) | STRDT(?a, xsd:integer) | REGEX(?a, "^[A-Z]b?") | REGEX(?a, "(?i)A")
REPLACE(?a, "^.*:", "") | REPLACE(?a, "b*", "x") | STRLEN(?a) | IF(STRLEN(?a) = 4, "four", ?b) | STRBEFORE(?a, ":")
STRAFTER(?a, ":") | STRAFTER(?a, "") | STRBEFORE(?a, ?b) | STRSTARTS(?a, ?b) | ?a = ?b | !(?a = ?b)
xsd:decimal(?a) | xsd:integer(?a) | CONCAT(?a, ?b) | CONCAT(?a, "x"@en) | COALESCE(?a, ?b) | COALESCE(?none, ?b, ?a)
COALESCE(IRI(?a), "no") | BOUND(?a) | IF(BOUND(?a), ?b, ?none) | IF(?none, ?a, ?b) | IF(!BOUND(?none), ?a, ?b)
IF(BOUND(?a) || ?none, "yes", "no") | IF(BOUND(?a) && ?none, "yes", "no") | IF(?none && BOUND(?b), "yes", "no")
IF(?a = "a" || ?b = "a", ?a, ?b) | IF(IRI(?a) = ?b, ?a, ?b) | IF(?a, ?a, ?b) | UCASE(?a) | ?a | "x{0}"
"x"@fr | IF(REGEX(?a, "^[0-9]+$"), ?a, ?b)
STRDT(?a, IF(STRLEN(?a) = 4, xsd:gYear, xsd:date)) | IRI(CONCAT("http://a/", ?a))
""".replace(" || ", " OR ").replace("\n", " | ")


@pytest.mark.parametrize("expression", [e.replace(" OR ", " || ") for e in EXPRESSIONS.strip(" |").split(" | ")])
def test_functions_answer_as_the_engine_does(expression):
    """Each over all pairs of odd values, or the row, or the query, is left to the engine."""
    query = (
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX row: <https://w3id.org/migkg/row/> "
        "CONSTRUCT { ?graph row:is ?x } WHERE { ?row row:graph ?graph . OPTIONAL { ?row row:a ?a } "
        f"OPTIONAL {{ ?row row:b ?b }} BIND({expression} AS ?x) }}"
    )
    for line, cells in enumerate(({"a": a, "b": b} for a in VALUES for b in VALUES), 2):
        plan = rowwise.plan(query, ["a", "b"], {}, INTO)
        if plan is None:
            return
        store = ox.Store()
        text = "\n".join(load.row_lines(Table({}, ["a", "b"], [(line, cells)]), INTO))
        store.load(text.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
        try:
            found = {part for part in plan.text(line, cells).split("\n") if part}
        except rowwise.Unsure:
            continue
        assert found == {f"{t} ." for t in store.query(query)}, cells


def test_the_functions_that_load_queries_use_are_known():
    """A load query in words that are not read would be right, and slow: whoever writes one should know."""
    for name in READ:
        syntax.read(queries.load(f"load/{name}").text)
    assert functions.of("STRLEN", [lambda _cells, _line: "four"])({}, 0) == 4
    with pytest.raises(syntax.Refused):
        functions.of("MD5", [])
