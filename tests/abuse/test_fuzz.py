"""Made-up requests, queries and files: none breaks anything, and two engines agree.

Bounded here; `make fuzz` (MIGKG_FUZZ=1) takes many more, each time others.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migkg.errors import MigkgError
from migkg.stores.remote import RemoteStore
from migkg.validate import validate
from tests import bases
from tests.abuse.conftest import running, wait_for
from tests.virtuoso import PROGRAM, USER, virtuoso

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib.*")

LONG = bool(os.environ.get("MIGKG_FUZZ"))
# Values that every make of server gives back as they were put.
TEXTS = (str(rdflib.XSD.string), str(rdflib.RDF.langString))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
some = settings(
    max_examples=5_000 if LONG else 120,
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=list(HealthCheck),
)


# ---- Requests ----------------------------------------------------------------------------------------------


def test_the_api_keeps_to_its_description(home: Path, tmp_path: Path) -> None:
    """Whatever fits the OpenAPI document, or just not: no 5xx, only the codes, types and shapes that it says."""
    with running(home, BASE="") as web:
        assert wait_for(lambda: web.get("/ready").status_code == 200)
        address = str(web.base_url)
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{address}api/v1/openapi.json", "--url", address]
        command += ["--checks", CHECKS, "--no-color", "--continue-on-failure"]
        command += ["-n", "200" if LONG else "2", "--max-time", "1800" if LONG else "12"]
        command += [] if LONG else ["--generation-deterministic", "--seed", "1", "--no-shrink"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=2_000)
        assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
        assert web.get("/health").status_code == 200


# ---- Queries -----------------------------------------------------------------------------------------------


@cache
def sample() -> tuple[list[ox.Triple], ox.Store, rdflib.Graph]:
    """Return a few hundred statements of the tiny base without blank nodes, the same in both engines."""
    chance = random.Random(5)
    every = sorted({q.triple for q in bases.small_store().engine if "_:" not in str(q.triple)}, key=str)
    triples = chance.sample(every, 250)
    ours, theirs = ox.Store(), rdflib.Graph()
    ours.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    before, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        theirs.parse(data=text, format="nt")
    finally:
        rdflib.NORMALIZE_LITERALS = before
    return triples, ours, theirs


names = st.sampled_from(["?a", "?b", "?c", "?d"])


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Make a triple pattern of which at least one part is known."""
    one = draw(st.sampled_from(sample()[0]))
    known = draw(st.sets(st.sampled_from("spo"), min_size=1, max_size=2))
    parts = {"s": one.subject, "p": one.predicate, "o": one.object}
    said = [str(parts[part]) if part in known else draw(names) for part in "spo"]
    return " ".join(said) + " ."


@st.composite
def filters(draw: st.DrawFn) -> str:
    """Make a filter over terms whose meaning both engines have from the standard."""
    term = st.sampled_from(sample()[0]).map(lambda t: str(t.subject))
    left, right = draw(names), draw(st.one_of(names, term))
    form = draw(
        st.sampled_from(
            [
                "isIRI({0})",
                "isLiteral({0})",
                "sameTerm({0}, {1})",
                "!sameTerm({0}, {1})",
                "bound({0})",
                "!bound({0})",
                "isIRI({0}) && bound({0})",
                "isIRI({0}) || isLiteral({0})",
                "CONTAINS(STR({0}), 'e')",
                "STRLEN(STR({0})) > 20",
                "LANG({0}) = 'en'",
            ]
        )
    )
    return f"FILTER({form.format(left, right)})"


@st.composite
def groups(draw: st.DrawFn, deep: int = 2) -> str:
    """Make what stands between braces."""
    parts = draw(st.lists(patterns(), min_size=1, max_size=3))
    if deep:
        inner = groups(deep - 1)
        more = st.one_of(
            st.just(""),
            inner.map(lambda text: f"OPTIONAL {{ {text} }}"),
            st.tuples(inner, inner).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
            inner.map(lambda text: f"FILTER EXISTS {{ {text} }}"),
            inner.map(lambda text: f"MINUS {{ {text} }}"),
        )
        parts.append(draw(more))
    parts.append(draw(st.one_of(st.just(""), filters())))
    return " ".join(parts)


heads = st.sampled_from(["SELECT *", "SELECT DISTINCT ?a ?b", "SELECT ?a ?c", "SELECT DISTINCT ?d"])


def ours(query: str) -> Counter[tuple[str, ...]]:
    """Return the rows of the engine that we use."""
    return counted(sample()[1].query(query))


def counted(found: object) -> Counter[tuple[str, ...]]:
    """Return how often each row came."""
    assert isinstance(found, ox.QuerySolutions)
    order = sorted(range(len(found.variables)), key=lambda i: found.variables[i].value)
    rows: Counter[tuple[str, ...]] = Counter()
    for row in found:
        rows[tuple(f"{found.variables[i].value}={row[i]}" for i in order if row[i] is not None)] += 1
    return rows


def theirs(query: str) -> Counter[tuple[str, ...]]:
    """Return the rows of rdflib."""
    found = sample()[2].query(query)
    rows: Counter[tuple[str, ...]] = Counter()
    for row in found.bindings:
        said = []
        for name, value in sorted(row.items()):
            text = ox.serialize(
                [ox.Triple(ox.NamedNode("x:x"), ox.NamedNode("x:x"), _term(value))], format=ox.RdfFormat.N_TRIPLES
            )
            said.append(f"{name}={(text or b'').decode()[12:-3]}")
        rows[tuple(said)] += 1
    return rows


def _term(value: object) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(value, rdflib.URIRef):
        return ox.NamedNode(str(value))
    if isinstance(value, rdflib.BNode):
        return ox.BlankNode(str(value))
    assert isinstance(value, rdflib.Literal)
    if value.language:
        return ox.Literal(str(value), language=value.language)
    return (
        ox.Literal(str(value), datatype=ox.NamedNode(str(value.datatype))) if value.datatype else ox.Literal(str(value))
    )


@some
@given(heads, groups())
def test_two_engines_give_the_same_rows(head: str, group: str) -> None:
    """Oxigraph, which answers here, and rdflib, which was written by others: the same rows, as often."""
    query = f"{head} WHERE {{ {group} }}"
    assert ours(query) == theirs(query), query


plain = st.tuples(st.lists(patterns(), min_size=1, max_size=3), st.booleans()).map(
    lambda made: ("} UNION {" if made[1] else " ").join(made[0])
)


@pytest.mark.skipif(not LONG or PROGRAM is None, reason="only by `make fuzz`, where virtuoso-t is installed")
def test_a_server_of_another_make_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtuoso, over HTTP: the same rows for joins and unions (what it makes of the rest, others have reported)."""
    monkeypatch.setenv("MIGKG_STORE_PASSWORD", USER)
    with virtuoso(tmp_path) as address:
        name = "http://example.org/sample"
        far = RemoteStore(f"{address}/sparql?default-graph-uri={name}")
        words = [t for t in sample()[0] if not isinstance(t.object, ox.Literal) or t.object.datatype.value in TEXTS]
        near = ox.Store()
        near.extend(ox.Quad(t.subject, t.predicate, t.object) for t in words)
        far.replace(name, words)

        @settings(some, max_examples=300)
        @given(plain)
        def same(group: str) -> None:
            query = f"SELECT DISTINCT * WHERE {{ {{ {group} }} }}"
            assert counted(far.query(query)) == counted(near.query(query)), query

        same()


# ---- Files -------------------------------------------------------------------------------------------------

FILES = sorted(p for p in (bases.SMALL).rglob("*") if p.suffix in (".csv", ".tsv", ".ttl"))
BITS = [
    b"\x00",
    b"\xff",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"<",
    b">",
    b"[",
    b"(",
    b"{",
    b"\\",
    b"@",
    b"#",
    b"^^",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"9" * 500,
    b"\\u0000",
    b"=1+1",
    b"NaN",
    b"-",
    b"A" * 3_000,
    b"[" * 500,
    b"://",
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return a file with a few faults."""
    for _ in range(chance.randint(1, 4)):
        at, to = sorted((chance.randint(0, len(data)), chance.randint(0, len(data))))
        bit = chance.choice(BITS)
        data = chance.choice(
            (
                lambda d=data, a=at, b=bit: d[:a] + b + d[a:],  # more
                lambda d=data, a=at: d[:a],  # cut
                lambda d=data, a=at, b=to: d[:a] + d[b:],  # a hole
                lambda d=data, a=at, b=to: d[:b] + d[a:b][:2_000] + d[b:],  # twice
                lambda d=data, a=at, b=bit: d[:a] + b + d[a + len(b) :],  # other bytes
                lambda d=data, b=bit: d.replace(chance.choice((b",", b"\n", b" ", b'"')), b, chance.randint(1, 50)),
            )
        )()
    return data


def test_files_with_faults_are_told_and_never_break(tmp_path: Path) -> None:
    """Each is right, wrong in a place that is named, or no such file: one sentence, and no other error."""
    seed = random.randrange(10**9) if LONG else 11
    chance, store = random.Random(seed), bases.copy(bases.small_store())
    before = len(store.engine)
    for number in range(5_000 if LONG else 60):
        source = chance.choice(FILES)
        folder = tmp_path / source.parent.name
        folder.mkdir(exist_ok=True)
        path = folder / source.name
        path.write_bytes(mutated(source.read_bytes(), chance))
        try:
            validate([path], store)
        except MigkgError as error:
            assert error.exit_code in (1, 2, 3) and "\x00" not in str(error)
        except Exception as error:
            pytest.fail(f"seed {seed}, file {number}, {source.name}: {type(error).__name__}: {error}")
    assert len(store.engine) == before


def test_the_command_ends_as_it_promises(home: Path, tmp_path: Path) -> None:
    """Exit code 0, 1, 2 or 3, a sentence and no traceback, for files with faults."""
    chance = random.Random(12)
    for number in range(100 if LONG else 4):
        source = chance.choice(FILES)
        path = tmp_path / source.parent.name / source.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mutated(source.read_bytes(), chance))
        command = [sys.executable, "-m", "migkg.cli", "validate", str(path), "--store", str(home / "release")]
        done = subprocess.run(command, capture_output=True, timeout=120, env={**os.environ, "MIGKG_HOME": str(home)})
        assert done.returncode in (0, 1, 2, 3), (number, source.name, done.stderr[-500:])
        assert b"Traceback" not in done.stderr and b"should not have happened" not in done.stderr, done.stderr
