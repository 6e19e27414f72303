"""Files that cannot be read are refused with file, line and what was expected; what is read stays what it was."""

from __future__ import annotations

import csv
from pathlib import Path

import pyoxigraph as ox
import pytest

from migkg import load
from migkg.errors import InputError
from migkg.reading import Table
from migkg.stores.oxigraph import OxigraphStore
from migkg.streamed import stream
from tests import bases

HEAD = "area,element,period,value,status,unit,source,note\n"
ROW = "NAM,sdg-indicator-10-7-2,2019,band1072-3,normal,,src-paper,\n"


def written(folder: Path, name: str, data: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


BAD_TABLES = {
    "unclosed quote": (HEAD + ROW + 'KEN,sdg-indicator-10-7-2,2019,"band1072-3,normal,,src-paper,\n', "line 3"),
    "quote closed by a stray one far below": (HEAD + 'KEN,"x\n' + ROW * 60 + 'x",2019,b,normal,,s,\n', "line 2"),
    "unclosed quote in a long table": (HEAD + 'KEN,"x,2019,b,normal,,s,\n' + ROW * 60, "line 2"),
    "text after a quote": (HEAD + 'KEN,"x"y,2019,b,normal,,s,\n', "line 2"),
    "too few cells": (HEAD + ROW + "KEN,sdg-indicator-10-7-2,2019\n", "line 3"),
    "too many cells": (HEAD + ROW.rstrip("\n") + ",,\n", "line 2"),
    "doubled column": ("area,element,period,value,area\nKEN,x,2019,b,KEN\n", "line 1"),
    "column without a name": ("area,,period\nKEN,x,2019\n", "line 1"),
    "semicolons": ((HEAD + ROW).replace(",", ";"), "line 1"),
    "tabs": ((HEAD + ROW).replace(",", "\t"), "line 1"),
    "not UTF-8": ((HEAD + ROW).encode() + "CIV,x,2019,b,normal,,s,Côte d'Ivoire\n".encode("latin-1"), "line 3"),
    "UTF-16": ((HEAD + ROW).encode("utf-16"), "line 1"),
    "NUL": (HEAD + ROW.replace("normal", "nor\0mal"), "line 2"),
    "a cell as long as a book": (HEAD + ROW.replace("src-paper,", "src-paper," + "x" * 20_001), "line 2"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_refused_with_file_and_line(case: str, tmp_path: Path) -> None:
    """The message names the file and the line, so that a spreadsheet can be opened at the right place."""
    data, line = BAD_TABLES[case]
    path = written(tmp_path, "table.csv", data)
    with pytest.raises(InputError) as caught:
        load.read_table(path)
    assert str(path) in str(caught.value) and f"{line}" in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.ttl"])
def test_an_empty_file_is_refused(name: str, tmp_path: Path) -> None:
    """Nothing is not a table and not a graph."""
    path = written(tmp_path, name, "")
    with pytest.raises(InputError, match="is empty"):
        load.read_table(path) if name.endswith("csv") else load.read_rdf(path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    """The message says whether the name is wrong or the thing."""
    with pytest.raises(InputError, match="There is no file"):
        load.read_table(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="is not a file"):
        load.read_table(tmp_path)


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    """It says nothing, which is no fault: a form that nobody has filled in."""
    table = load.read_table(written(tmp_path, "form.csv", HEAD))
    assert table.rows == [] and table.columns == HEAD.strip().split(",")
    assert load.facts(table, "observations", "https://w3id.org/migkg/graph/data/observations/form") == []


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    """Spreadsheets write one; the first column is `area` all the same."""
    table = load.read_table(written(tmp_path, "bom.csv", b"\xef\xbb\xbf" + (HEAD + ROW).encode()))
    assert table.columns[0] == "area" and table.rows[0][1]["area"] == "NAM"


def test_windows_line_ends_and_empty_lines_change_nothing(tmp_path: Path) -> None:
    """The same table, saved elsewhere, has the same rows."""
    plain = load.read_table(written(tmp_path, "unix.csv", HEAD + ROW))
    other = load.read_table(written(tmp_path, "windows.csv", (HEAD + "\n" + ROW + ",,,,,,,\n").replace("\n", "\r\n")))
    assert [cells for _, cells in plain.rows] == [cells for _, cells in other.rows]


def test_na_is_namibia(tmp_path: Path) -> None:
    """The code NA is a country, not a missing value; so are the words that other readers take for missing."""
    text = "area,m49,iso2,kind,name_en,name_fr,name_es,source\nNAM,516,NA,country,Namibia,,,src-paper\n"
    made = load.facts(
        load.read_table(written(tmp_path, "areas.csv", text)), "areas", "https://w3id.org/migkg/graph/data/areas/x"
    )
    notations = {t.object.value for t in made if t.predicate.value.endswith("#notation")}  # type: ignore[union-attr]
    assert notations == {"NAM", "NA", "M49 516"}
    table = load.read_table(written(tmp_path, "words.csv", HEAD + ROW.replace("src-paper,", "null,None")))
    assert (table.rows[0][1]["source"], table.rows[0][1]["note"]) == ("null", "None")


def test_namibia_is_in_the_real_graph() -> None:
    """It has its code there too."""
    found = bases.real_store().query(
        'ASK { <https://w3id.org/migkg/id/NAM> <http://www.w3.org/2004/02/skos/core#notation> "NA" }'
    )
    assert bool(found)


def test_leading_zeros_of_m49_stay(tmp_path: Path) -> None:
    """004 is Afghanistan, 4 is nothing."""
    table = load.read_table(written(tmp_path, "a.csv", "area,m49\nAFG,004\n"))
    assert table.rows[0][1]["m49"] == "004"


TTL = "@prefix mgd: <https://w3id.org/migkg/id/> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
BAD_RDF = {
    "missing.ttl": (TTL + "mgd:a skos:prefLabel .\n", "line 3"),
    "unknown-prefix.ttl": (TTL + "\nmgd:a nope:b mgd:c .\n", "line 4"),
    "open-string.ttl": (TTL + 'mgd:a skos:prefLabel "never closed .\n', "line 3"),
    "broken.nt": ("<http://example.org/a> <http://example.org/b> .\n", "line 1"),
    "broken.trig": (TTL + "mgd:g { mgd:a mgd:b mgd:c \n", "line"),
    "broken.jsonld": ('{"@id": "http://example.org/a",', "line"),
    "deep.ttl": (TTL + "mgd:a mgd:b " + "[ mgd:b " * 5000 + "1" + " ]" * 5000 + " .\n", "nested more than 200 deep"),
    "deep.jsonld": ("[" * 5000 + "]" * 5000, "nested more than 200 deep"),
    "latin.ttl": ((TTL + 'mgd:a skos:prefLabel "').encode() + b'\xe9"@fr .\n', "line 3"),
}


@pytest.mark.parametrize("name", BAD_RDF)
def test_a_bad_graph_is_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    """A mistake in Turtle, TriG, N-Triples or JSON-LD is placed; no depth of nesting brings the reader down."""
    data, line = BAD_RDF[name]
    path = written(tmp_path, name, data)
    with pytest.raises(InputError) as caught:
        load.read_rdf(path)
    assert str(path) in str(caught.value) and line in str(caught.value)


def test_a_remote_context_is_never_fetched(tmp_path: Path) -> None:
    """Reading a file asks nobody anything."""
    text = '{"@context": "https://example.org/context.jsonld", "@id": "https://example.org/a", "name": "x"}'
    path = written(tmp_path, "remote.jsonld", text)
    with pytest.raises(InputError) as caught:
        load.read_rdf(path)
    assert str(path) in str(caught.value)


def test_blank_nodes_are_named_by_what_they_say(tmp_path: Path) -> None:
    """Label and order in the file do not matter; two files never share a blank node."""
    one = written(
        tmp_path, "one.ttl", TTL + "mgd:a mgd:b _:x . _:x skos:note 1 .\nmgd:a mgd:b _:y . _:y skos:note 2 .\n"
    )
    two = written(tmp_path, "two.ttl", TTL + "_:q skos:note 2 . mgd:a mgd:b _:q , _:p . _:p skos:note 1 .\n")
    graph = "https://w3id.org/migkg/graph/data/x"

    def read(path: Path, into: str) -> set[str]:
        return {str(t) for t in load.name_blank_nodes([q.triple for q in load.read_rdf(path)], into)}

    assert read(one, graph) == read(two, graph)
    assert not any(line in read(one, graph + "-other") for line in read(one, graph))


def test_loading_twice_is_loading_once() -> None:
    """The same file gives the same triples."""
    path = next((bases.small_top() / "ontology").glob("migkg.ttl"))
    (one, first), (two, second) = load.load(path, bases.small_top()), load.load(path, bases.small_top())
    assert one == two and set(first) == set(second) and len(first) == len(second)


def test_a_file_becomes_the_graph_of_its_path() -> None:
    """The name of a graph is the path without extension, also where the extension has two parts."""
    top = bases.small_top()
    names = {load.graph_of(p, top).rpartition("/graph/")[2] for p in (top / "data").rglob("*.*")}
    assert {"data/frameworks/sdg", "data/observations/sdg-10-7-2", "data/mappings/gcm--sdg-10-7-2"} <= names


def test_every_file_of_the_tiny_base_says_something() -> None:
    """No file is read into nothing."""
    top = bases.small_top()
    for path in load.project_files(top):
        assert load.load(path, top)[1], path


def test_a_table_line_is_not_part_of_the_graph() -> None:
    """Line numbers serve messages; the published graph has none."""
    triples = [t for path in load.project_files(bases.small_top()) for t in load.load(path, bases.small_top())[1]]
    assert not [t for t in triples if isinstance(t.predicate, ox.NamedNode) and "/row/" in t.predicate.value]


def test_brackets_in_strings_are_not_nesting(tmp_path: Path) -> None:
    """Three hundred sad faces in the text of a file do not make it deep."""
    path = tmp_path / "sad.ttl"
    path.write_text("".join(f'<http://a/{n}> <http://a/says> "sigh :-( [" .\n' for n in range(300)), encoding="utf-8")
    assert len(load.read_rdf(path)) == 300


def test_a_table_goes_into_a_store_as_what_it_means():
    """As text it says the same as triple by triple, also where a cell looks like markup of our own."""
    top = bases.small_top()
    tables = [path for path in load.project_files(top) if path.suffix in load.TABLES]
    assert len(tables) > 8
    for path in tables:
        store = OxigraphStore()
        load.load_into(store, path, top)
        into, triples = load.load(path, top)
        assert set(store.get(into)) == set(triples), path
        assert {q.triple for q in store.engine.quads_for_pattern(None, None, None, ox.DefaultGraph())} == set(triples)


def test_a_cell_keeps_every_character(tmp_path):
    """Quotes, backslashes, line breaks and addresses in angle brackets arrive as they were written."""
    top = bases.folder_of(bases.SMALL)
    words = 'say "a\\b" <https://w3id.org/migkg/row/line> and\nmore'
    path = top / "data" / "observations" / "odd.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "element", "period", "value", "status", "unit", "source", "note"])
        writer.writerow(["XAA", "sdg1072-d1", "2021", "1", "normal", "count", "src-paper", words])
    store = OxigraphStore()
    load.load_into(store, path, top)
    assert words in {
        q.object.value
        for q in store.engine.quads_for_pattern(None, None, None, None)
        if isinstance(q.object, ox.Literal)
    }


def long_table(tmp_path, rows, last=""):
    """A project folder with a table of figures in it."""
    path = tmp_path / "data" / "observations" / "long.csv"
    path.parent.mkdir(parents=True)
    (tmp_path / "queries").symlink_to(bases.ROOT / "queries")
    with path.open("w", encoding="utf-8") as file:
        file.write("# layout: long\n" + HEAD)
        file.writelines(f"KEN,e{n},2021,{n % 90},normal,percent,src-paper,\n" for n in range(rows))
        file.write(last)
    return path


def test_a_long_table_is_taken_in_piece_by_piece(tmp_path):
    """No more than one piece is in hand while the next is made, and somebody hears how far it is."""
    path, heard, sizes = long_table(tmp_path, 20_000), [], []

    class Store(OxigraphStore):
        def add_text(self, graph, text):
            sizes.append(text.count(b"/def/sourceText"))
            super().add_text(graph, text)

    store = Store()
    load.load_into(store, path, tmp_path, lambda done, total: heard.append((done, total)))
    assert sum(sizes) == 20_000 and max(sizes) <= load.PIECE
    assert len(heard) > 5 and heard == sorted(heard) and {total for _, total in heard} == {path.stat().st_size}
    assert set(store.get(load.graph_of(path, tmp_path))) == set(load.load(path, tmp_path)[1])


def test_memory_does_not_grow_with_a_table(tmp_path):
    """Ten times the rows need no more memory to be read and made into statements."""
    import tracemalloc

    most = []
    for number, rows in enumerate((6_000, 60_000)):
        path = long_table(tmp_path / str(number), rows)
        tracemalloc.start()
        table, some = stream(path)
        for _ in load.statements(table, some, "observations", load.graph_of(path, tmp_path / str(number))):
            pass
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] < most[0] * 2


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("KEN,e1,2021\n", "line 9003"),
        ('KEN,e1,2021,1,normal,percent,src-paper,"open\n', "line 9003"),
        ("KEN,e1,2021,1,norm", "line 9003"),
        ("KEN,e1,2021,1,normal,percent,src-paper,\x07\n", "line 9003, column note"),
    ],
)
def test_a_fault_far_down_is_found_with_its_line(tmp_path, last, said):
    """The same sentence as when the table is read as a whole."""
    path = long_table(tmp_path, 9_000, last)
    with pytest.raises(InputError) as whole:
        load.read_table(path)
    with pytest.raises(InputError) as streamed:
        load.load_into(OxigraphStore(), path, tmp_path)
    assert str(streamed.value) == str(whole.value) and said in str(whole.value)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n \n", b"# a: b\n", b"a,b\n\xe9,1\n", b"PK\x03\x04....", b"a;b\n1;2\n", b"a,a\n1,2\n", b"a,\n1,2\n",
        b"\xef\xbb\xbf# a: [\n", b'"# a: b,c",\na,b\n1,2', b"\xef\xbb\xbf\xef\xbb\xbfa,b\r\n1,2\r\n\r\n,\r\n",
        b"# a: b\n\n\na,b\n1,2\n", b"a,b\r1,2\r3,4", b"a,b\n1,2\n3", b"a,b\n1,2,3\n4",
        "a,b\n\u00a0é,e\u0301\n".encode(),
        b"a\tb\n1\t2\n", b'a,b\n"1\n2",3\n4,5\n', b"a,b\n" + b"x" * 30_000 + b",1\n", b'a,b\n1,2"3\n4,"5"6\n',
    ],
)  # fmt: skip
def test_row_by_row_reads_as_the_whole_does(tmp_path, data):
    """The same head, columns and rows, or the same sentence about what is wrong."""

    def outcome(read):
        try:
            return read()
        except InputError as error:
            return str(error)

    def streamed():
        table, rows = stream(path)
        return Table(table.meta, table.columns, list(rows))

    for name in ("table.csv", "table.tsv"):
        path = written(tmp_path, name, data)
        assert outcome(streamed) == outcome(lambda: load.read_table(path))  # noqa: B023
