"""Downloads: the whole and each graph in each syntax, compressed, with checksums; and the canonical hash."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import subprocess
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import rdflib

from migkg import canonical, shelf
from migkg.errors import UnknownName
from migkg.export import export
from migkg.release import MERGED, QUADS, Release
from migkg.stores import open_store
from migkg.stores.oxigraph import OxigraphStore

FORMS = {
    "nq": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG, "jsonld": ox.RdfFormat.JSON_LD,
    "ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdf": ox.RdfFormat.RDF_XML,
}  # fmt: skip


def canon(data: bytes, form: ox.RdfFormat) -> ox.Dataset:
    """Return statements so that equal ones compare equal, whatever nodes without names are called."""
    made = ox.Dataset(ox.parse(data, format=form, lenient=True))
    made.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return made


@pytest.mark.parametrize("ending", FORMS)
def test_the_whole_comes_in_each_syntax_plain_and_compressed(
    here: httpx.Client, releases: list[Release], ending: str
) -> None:
    """Each file holds all statements; its compressed form unpacks to the same bytes."""
    plain, packed = (here.get(f"/downloads/migkg.{ending}{end}") for end in ("", ".gz"))
    assert plain.status_code == packed.status_code == 200
    assert packed.headers["content-type"] == "application/gzip" and "content-encoding" not in packed.headers
    assert gzip.decompress(packed.content) == plain.content
    source = QUADS if ending in ("nq", "trig", "jsonld") else MERGED
    form = ox.RdfFormat.N_QUADS
    assert canon(plain.content, FORMS[ending]) == canon((releases[1].path / source).read_bytes(), form)


@pytest.mark.parametrize("name", shelf.FILES)
def test_a_download_and_an_export_are_the_same_bytes(here: httpx.Client, releases: list[Release], name: str) -> None:
    """Who has no server gets the same files from the command line."""
    store = open_store(str(releases[1].path))
    assert here.get(f"/downloads/{name}").content == export(store, shelf.FILES[name].form)


def test_the_checksums_are_those_of_the_files(here: httpx.Client, tmp_path: Path) -> None:
    """`sha256sum --check` is content; afterwards the catalogue tells the checksum of every file, under a new tag."""
    before = here.get("/catalog").headers["etag"]
    listed = here.get("/downloads/SHA256SUMS").text
    names = [line.split("  ")[1] for line in listed.splitlines()]
    assert names == [name for name in shelf.names() if name != shelf.SUMS]
    for name in names:
        (tmp_path / name).write_bytes(here.get(f"/downloads/{name}").content)
    (tmp_path / "SHA256SUMS").write_text(listed)
    done = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path)
    assert done.returncode == 0
    after = here.get("/catalog")
    assert after.text.count("spdx:checksumValue") == 17
    assert after.headers["etag"] != before or here.get("/catalog").text == after.text


def test_files_are_the_same_whenever_they_are_made(releases: list[Release], tmp_path: Path) -> None:
    """No clock and no name of a file is in the compressed ones; a file of another name is refused."""
    source = releases[1].path / MERGED
    for name in ("a.gz", "b.gz"):
        shelf.compress(source, tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    with pytest.raises(UnknownName):
        shelf.take(releases[1], "../manifest.json")


def test_a_release_that_nobody_may_write_to_has_files_elsewhere(
    releases: list[Release], tmp_path: Path, monkeypatch
) -> None:
    """A folder that is only read, as in a container, is no hindrance."""
    monkeypatch.setattr(shelf.os, "access", lambda *_: False)
    made = shelf.take(releases[0], "migkg.sssom.tsv.gz", tmp_path)
    assert made.parent == tmp_path and not (releases[0].path / shelf.FOLDER).exists()


@pytest.mark.parametrize("ending", FORMS)
def test_each_graph_comes_alone(here: httpx.Client, ending: str) -> None:
    """In each syntax, plain and compressed, with who it describes."""
    path = f"/downloads/graphs/data/mechanisms/river.{ending}"
    answer = here.get(path)
    wanted = here.get("/data/graph/data/mechanisms/river.nt").content
    got = {(q.subject, q.predicate, q.object) for q in ox.parse(answer.content, format=FORMS[ending])}
    assert got == {(q.subject, q.predicate, q.object) for q in ox.parse(wanted, format=ox.RdfFormat.N_TRIPLES)}
    assert gzip.decompress(here.get(path + ".gz").content) == answer.content
    assert "https://w3id.org/migkg/graph/data/mechanisms/river" in answer.headers["link"]
    for wrong in ("data/mechanisms", "data/mechanisms/none", "data/mechanisms/river.exe"):
        assert here.get(f"/downloads/graphs/{wrong}.{ending}").status_code == 404


def test_the_table_of_figures_says_what_its_columns_mean(here: httpx.Client) -> None:
    """CSV on the Web: found by a link, names the columns in their order, each with words."""
    table = here.get("/downloads/migkg.csv")
    assert (
        '</downloads/migkg.csv-metadata.json>; rel="describedby"; type="application/csvm+json"' in table.headers["link"]
    )
    said = here.get("/downloads/migkg.csv-metadata.json").json()
    columns = said["tableSchema"]["columns"]
    assert [one["name"] for one in columns] == next(csv.reader(io.StringIO(table.text)))
    assert all(one["dc:description"] and one["propertyUrl"].startswith("https://") for one in columns)
    assert said["@context"][0] == "http://www.w3.org/ns/csvw"


def test_the_crate_names_every_file(here: httpx.Client) -> None:
    """RO-Crate 1.1: a descriptor about the root, the root with its parts, each part a file with its checksum."""
    here.get("/downloads/SHA256SUMS")
    graph = {one["@id"]: one for one in here.get("/downloads/ro-crate-metadata.json").json()["@graph"]}
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert root["@type"] == "Dataset" and root["license"]["@id"] in graph
    for part in root["hasPart"]:
        file = graph[part["@id"]]
        assert file["@type"] == "File" and len(file["sha256"]) == 64 and int(file["contentSize"]) > 0


# ---- The canonical hash -----------------------------------------------------------------------------------------


def test_the_canonical_hash_is_that_of_the_whole(releases: list[Release]) -> None:
    """Made of the lines that need it, it is the hash that RDFC-1.0 over all statements gives."""
    made = releases[1]
    whole = ox.serialize(canon((made.path / QUADS).read_bytes(), ox.RdfFormat.N_QUADS), format=ox.RdfFormat.N_QUADS)
    lines = sorted((whole or b"").splitlines(keepends=True))
    assert any(b"_:c14n" in line for line in lines)
    assert made.manifest["canonical"] == {
        "algorithm": "RDFC-1.0",
        "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
    }


def test_labels_do_not_change_the_canonical_hash_and_words_do(tmp_path: Path) -> None:
    """The same statements with other labels, and words that look like a label."""

    def hashed(text: str) -> str:
        path = tmp_path / "x.nq"
        path.write_text("".join(sorted(text.splitlines(keepends=True))))
        return canonical.digest(path)

    text = (
        '<urn:s> <urn:p> "not _:a <urn:x> _:b" <urn:g> .\n'
        "<urn:s> <urn:p> _:a <urn:g> .\n_:a <urn:q> _:b <urn:g> .\n_:b <urn:q> <urn:s> <urn:g> .\n"
    )
    other = text.replace("_:a <urn:g>", "_:zz <urn:g>").replace("_:a <urn:q>", "_:zz <urn:q>")
    assert other != text and hashed(text) == hashed(other)
    assert hashed(text) != hashed(text.replace("not _:a", "not _:c"))
    assert hashed("") == hashlib.sha256(b"").hexdigest()


def test_rdflib_reads_the_whole(here: httpx.Client, releases: list[Release]) -> None:
    """Another library counts the same."""
    said = rdflib.Graph().parse(data=here.get("/downloads/migkg.ttl").text, format="turtle")
    assert len(said) == releases[1].manifest["triples"]
    store = OxigraphStore.from_dump(releases[1].path / QUADS, releases[1].path / MERGED)
    assert len(store.graphs()) == len(releases[1].manifest["graphs"])


# ---- Without a server -------------------------------------------------------------------------------------------


def test_a_folder_for_people_without_a_server(command, here: httpx.Client, tmp_path: Path) -> None:
    """`migkg export -f ro-crate` writes every file, described, with checksums that hold; never over a folder."""
    target = tmp_path / "taken"
    done = command("export", "-f", "ro-crate", "-o", str(target))
    assert done.returncode == 0, done.stderr
    names = {p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()}
    assert {"ro-crate-metadata.json", "SHA256SUMS", "catalog.ttl", "void.ttl", "frameworks/sdg.ttl"} <= names
    checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=target)
    assert checked.returncode == 0
    for name in shelf.FILES:
        assert (target / name).read_bytes() == here.get(f"/downloads/{name}").content
    crate = json.loads((target / "ro-crate-metadata.json").read_text())
    parts = {one["@id"] for e in crate["@graph"] if e["@id"] == "./" for one in e["hasPart"]}
    assert parts <= names
    catalogue = (target / "catalog.ttl").read_text()
    assert catalogue.count("spdx:checksumValue") == 17 and "https://w3id.org/migkg/downloads/" in catalogue
    again = command("export", "-f", "ro-crate", "-o", str(target))
    assert again.returncode == 2 and "is there already" in again.stderr
    assert command("export", "-f", "ro-crate").returncode == 2


def test_a_framework_in_skos_without_a_server(command, here: httpx.Client) -> None:
    """The same bytes as the download; what is no framework is refused in a sentence."""
    done = command("export", "-f", "skos", "-g", "sdg")
    assert done.stdout == here.get("/downloads/frameworks/sdg.ttl").text
    for names in ((), ("-g", "XAA"), ("-g", "sdg", "-g", "gcm")):
        bad = command("export", "-f", "skos", *names)
        assert bad.returncode == 2 and "\nmigkg: " in "\n" + bad.stderr and "Traceback" not in bad.stderr
