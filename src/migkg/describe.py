"""What a release says about itself: VoID, DCAT, service description, examples, context, SKOS views, RO-Crate.

The words stand in `queries/describe/`. They are asked over a small store of facts: one row (`row:…`) for the release,
for each file, graph, class, property, question and prefix, and what the graphs say about themselves. The names in it
are permanent; `base` is only where a server answers, so the same release is described alike everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg import queries, release, shelf
from migkg.ask import FOLDER, example
from migkg.release import Release
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, PREFIXES, RDF_TYPE, XSD_INTEGER, short

GZIP = "application/gzip"
CRATE = BASE + "crate/"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
Row = Mapping[str, Any]


def facts(store: Store, made: Release, base: str = BASE, files: Path | None = None) -> OxigraphStore:
    """Return a small store of what is known about a release: where it is served, its content, its files.

    `files` is where these are, when not beside the release.
    """
    scratch = OxigraphStore()
    triples = [t for table, rows in _tables(store, made, base, files) for t in _rows(table, rows)]
    scratch.put(BASE + "row/", triples + _said(store))
    return scratch


def triples(known: Store, what: str) -> list[ox.Triple]:
    """Return one description of the facts: `void`, `catalog`, `service`, `examples` or `ro-crate`."""
    return queries.construct(known, f"describe/{what}")


def skos(store: Store, framework: str) -> list[ox.Triple]:
    """Return a framework in SKOS alone; nothing where the IRI is no framework."""
    return queries.construct(store, "describe/skos", framework=ox.NamedNode(framework))


def context(store: Store) -> dict[str, Any]:
    """Return the JSON-LD context of the data: the prefixes and the terms of the ontology."""
    made: dict[str, Any] = dict(sorted(PREFIXES.items()))
    for row in queries.solutions(store, "describe/context"):
        term, kind = row["term"].value, row["kind"].value
        name = term.removeprefix(PREFIXES["mg"])
        of = row["range"].value if row["range"] is not None else None
        typed = (
            "@id" if kind.endswith("ObjectProperty") else short(of) if of and of != PREFIXES["xsd"] + "string" else ""
        )
        made[name] = {"@id": f"mg:{name}", "@type": typed} if typed else f"mg:{name}"
    return {"@context": {"id": "@id", "type": "@type", **made}}


def crate(known: Store) -> dict[str, Any]:
    """Return the metadata of an RO-Crate: one flat list of entities in the words of its context."""
    said = _entities(known, "", "File")
    said["./"].pop("distribution", None)
    order = sorted(said.items(), key=lambda item: (item[0] != "ro-crate-metadata.json", item[0]))
    return {"@context": CONTEXT, "@graph": [entity for _, entity in order]}


def markup(known: Store, downloads: str) -> dict[str, Any]:
    """Return the data set and its files in words of schema.org, for search engines; `downloads` is their address."""
    said = _entities(known, downloads, "DataDownload")
    top = {**said[downloads], "@id": BASE + "catalog#migkg"}
    top["distribution"] = [said[one["@id"]] for one in top.pop("hasPart")]
    return {
        "@context": "https://schema.org/",
        **top,
        "publisher": said[top["publisher"]["@id"]],
        "author": top["author"],
    }


def _entities(known: Store, start: str, file: str) -> dict[str, dict[str, Any]]:
    """Return the entities of the crate by name; names below it begin with `start`, a file is said to be a `file`."""
    said: dict[str, dict[str, Any]] = {}
    for t in triples(known, "ro-crate"):
        node = _relative(t.subject, start)
        entity = said.setdefault(node, {"@id": [node]})
        if t.predicate == RDF_TYPE:
            kind = _last(_words(t.object))
            value: Any = file if kind == "MediaObject" else kind
        else:
            value = {"@id": _relative(t.object, start)} if isinstance(t.object, ox.NamedNode) else _words(t.object)
        entity.setdefault("@type" if t.predicate == RDF_TYPE else _last(t.predicate.value), []).append(value)
    return {
        node: {name: v[0] if len(v) == 1 else sorted(v, key=str) for name, v in sorted(entity.items())}
        for node, entity in said.items()
    }


def csvw(made: Release, url: str) -> dict[str, Any]:
    """Return what the columns of the table of figures mean (CSV on the Web); `url` is where the table is."""
    query = queries.load("view/observations")
    columns = [
        {
            "name": name,
            "titles": name,
            "dc:description": words,
            "propertyUrl": PREFIXES["mg"] + name,
            "datatype": "gYear" if name == "period" else "string",
        }
        for name, words in query.extra["columns"].items()
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:title": query.summary,
        "dc:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
        "dc:hasVersion": made.id,
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\n"]},
        "tableSchema": {"columns": columns},
    }


def text(said: Mapping[str, Any]) -> str:
    """Return JSON for a file."""
    return json.dumps(said, ensure_ascii=False, indent=1) + "\n"


def _tables(store: Store, made: Release, base: str, files: Path | None) -> Iterator[tuple[str, list[Row]]]:
    manifest = made.manifest
    one: dict[str, Any] = {name: manifest[name] for name in ("triples", "quads", "date", "hash") if name in manifest}
    canonical = manifest.get("canonical", {}).get("sha256")
    yield "release", [{"base": base.rstrip("/") + "/", "id": made.id, "canonical": canonical, **one}]
    yield "former", [{"id": other.id, "order": n} for n, other in enumerate(release.beside(made), 1)]
    yield "file", [_file(made, name, files) for name in shelf.names() if name != shelf.SUMS]
    yield (
        "graph",
        [{"graph": ox.NamedNode(g["iri"]), "path": g["graph"], "triples": g["triples"]} for g in manifest["graphs"]],
    )
    for table in ("class", "property"):
        found = queries.solutions(store, "describe/" + {"class": "classes", "property": "properties"}[table])
        yield table, [{**row, "anchor": _anchor(row[table])} for row in found if isinstance(row[table], ox.NamedNode)]
    yield "question", [_question(store, query) for query in queries.folder(FOLDER)]
    yield "prefix", [{"prefix": prefix, "namespace": start} for prefix, start in sorted(PREFIXES.items())]


def _file(made: Release, name: str, files: Path | None) -> Row:
    file = shelf.FILES[name.removesuffix(shelf.COMPRESSED)]
    packed = name.endswith(shelf.COMPRESSED)
    path, digest = shelf.find(made, name, files), shelf.checksum(made, name, files)
    return {
        "name": name,
        "media": file.media,
        "packed": GZIP if packed else None,
        "words": file.words + (" (gzip)" if packed else ""),
        "rdf": None if file.form in ("csv", "sssom") else True,
        "bytes": path.stat().st_size if path is not None and digest is not None else None,
        "sha256": digest,
    }


def _question(store: Store, query: queries.Query) -> Row:
    """Return a question with the example of what it needs in its place, so that it runs as it stands."""
    filled = example(store, query)
    body = "\n".join(line for line in filled.splitlines() if not line.startswith("#+")).strip() + "\n"
    return {
        "name": query.short,
        "summary": query.summary,
        "description": query.description or None,
        "text": body,
        "tag": list(query.tags),
    }


def _rows(table: str, rows: list[Row]) -> Iterator[ox.Triple]:
    start = PREFIXES["row"]
    for number, row in enumerate(rows):
        node = ox.NamedNode(f"{start}{table}/{number}")
        for column, value in {"table": table, **row}.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    yield ox.Triple(node, ox.NamedNode(start + column), _term(one))


def _term(value: Any) -> Any:
    if isinstance(value, bool):
        return ox.Literal(value)
    if isinstance(value, int):
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD_INTEGER))
    return ox.Literal(value) if isinstance(value, str) else value


def _said(store: Store) -> list[ox.Triple]:
    """Return what the graphs say about themselves."""
    found = queries.solutions(store, "describe/graphs")
    return [ox.Triple(row["graph"], row["property"], row["value"]) for row in found]


def _anchor(node: ox.NamedNode) -> str:
    """Return a name for a term that is fit to stand behind `#`."""
    made = short(node.value)
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in made)


def _relative(node: Any, start: str) -> str:
    name = str(node.value)
    return (start + name.removeprefix(CRATE) or "./") if name.startswith(CRATE) else name


def _words(term: Any) -> str:
    return str(term.value)


def _last(iri: str) -> str:
    return iri.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
