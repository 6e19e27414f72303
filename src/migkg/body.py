"""What somebody sends to be a graph: a document in one of many forms, made a file that `candidate.read` understands.

The document is data of a stranger: it is parsed whole before anything else, it may be no deeper than others, it may
declare no XML entities, and it speaks of one graph only.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import shutil
import tempfile
import xml.parsers.expat as expat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import load
from migkg.candidate import Candidate
from migkg.errors import InputError, TooLarge
from migkg.terms import PREFIXES, graph, local

RDF_XML = "application/rdf+xml"
# Media type -> ending of the file.
TYPES = {
    "text/turtle": ".ttl",
    "application/n-triples": ".nt",
    "application/n-quads": ".nq",
    "application/trig": ".trig",
    "application/ld+json": ".jsonld",
    RDF_XML: ".rdf",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
RDF = (*load.RDF_FORMATS, ".rdf")
_FORMS = {".nq", ".trig", ".jsonld"}  # these can say in which graph a statement stands


@dataclass(frozen=True)
class Sent:
    """A document as it came: where it lies, its media type and checksum, and what the request said about it."""

    path: Path
    type: str
    sha256: str
    name: str = ""
    by: str = ""
    at: str = ""


@contextmanager
def readable(into: str, sent: Sent) -> Iterator[Path]:
    """Give a file with what was sent whose name and ending lead `candidate.read` to the right facts.

    A table becomes facts that are called after its file, so the file is called after the graph. Raises InputError.
    """
    ending = TYPES[sent.type]
    with tempfile.TemporaryDirectory(prefix="put-", dir=sent.path.parent) as folder:
        path = Path(folder) / (_stem(into) + ending)
        if ending == ".rdf":
            path = path.with_suffix(".nt")
            path.write_bytes(_from_xml(sent.path))
        else:
            shutil.copyfile(sent.path, path)
            if ending in _FORMS:
                _one_graph(path, into)
        yield path


def named(one: Candidate, into: str, path: Path) -> list[ox.Triple]:
    """Return the facts of a candidate; those of a table that speak of its graph speak of `into` instead."""
    if path.suffix in RDF or one.graph == into:
        return one.triples
    was, now = ox.NamedNode(one.graph), ox.NamedNode(into)

    def term(t: Any) -> Any:
        return now if t == was else t

    return [ox.Triple(term(t.subject), t.predicate, term(t.object)) for t in one.triples]


def _stem(into: str) -> str:
    """Return the name of a file for this graph: as observation files have it, else one that no other graph gets."""
    folder = graph("data/observations/").value
    name = into.removeprefix(folder)
    if into.startswith(folder) and re.fullmatch(r"[A-Za-z0-9-]+", name):
        return name
    words = re.sub(r"[^A-Za-z0-9]+", "-", local(into)).strip("-").lower()[-40:]
    return f"{words.strip('-') or 'graph'}-{hashlib.sha256(into.encode()).hexdigest()[:8]}"


def _one_graph(path: Path, into: str) -> None:
    """Refuse a document with statements in other graphs, or in several. Raises InputError."""
    names = {q.graph_name for q in load.read_rdf(path)}
    others = names - {ox.DefaultGraph(), ox.NamedNode(into)}
    if others:
        shown = ", ".join(sorted(str(name) for name in others)[:3])
        raise InputError(f"{path}: holds statements in other graphs ({shown}); only <{into}> is put.")


def _from_xml(path: Path) -> bytes:
    """Return RDF/XML as N-Triples. Raises InputError, TooLarge."""
    text = path.read_bytes()
    if text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}: this is not UTF-8. Save the file as UTF-8.")
    _refuse_xml(path, text)
    try:
        quads = list(ox.parse(text, format=ox.RdfFormat.RDF_XML, base_iri=PREFIXES["mgd"], rename_blank_nodes=True))
    except (SyntaxError, ValueError) as error:
        raise InputError(f"{path}: {error}") from None
    if not quads:
        raise InputError(f"{path} holds no statement.")
    return ox.serialize([q.triple for q in quads], format=ox.RdfFormat.N_TRIPLES) or b""


def _refuse_xml(path: Path, text: bytes) -> None:
    """Refuse declarations of a document type, which can fetch and multiply, and deep nesting."""
    depth = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > load.MAX_DEPTH:
            raise TooLarge(f"{path}, line {parser.CurrentLineNumber}: nested more than {load.MAX_DEPTH} deep.")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_parts: object) -> None:
        raise InputError(f"{path}, line {parser.CurrentLineNumber}: a DOCTYPE is not read here. Take it out.")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise InputError(
            f"{path}, line {error.lineno}, column {error.offset + 1}: {expat.errors.messages[error.code]}."
        ) from None
