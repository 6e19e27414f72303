"""Names: the namespaces, and the few terms that Python itself must know.

A wrong name raises at once: `MG.tracesTo` works only if it is listed here.
"""

from __future__ import annotations

from typing import Final

import pyoxigraph as ox

BASE: Final = "https://w3id.org/migkg/"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"

PREFIXES: Final[dict[str, str]] = {
    "mg": BASE + "def/",
    "mgc": BASE + "code/",
    "mgd": ID,
    "mgs": BASE + "shape/",
    "row": BASE + "row/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "formats": "http://www.w3.org/ns/formats/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sdmxa": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmxd": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "sdmxm": "http://purl.org/linked-data/sdmx/2009/measure#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "sssom": "https://w3id.org/sssom/",
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

XSD_STRING: Final = PREFIXES["xsd"] + "string"
XSD_INTEGER: Final = PREFIXES["xsd"] + "integer"

RDF_TYPE: Final = ox.NamedNode(PREFIXES["rdf"] + "type")
PROV_DERIVED: Final = ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom")


def thing(local: str) -> ox.NamedNode:
    """Return the IRI of a thing from its local id (`KEN`, `sdg-target-10-7`)."""
    return ox.NamedNode(ID + local)


def graph(path: str) -> ox.NamedNode:
    """Return the IRI of the graph made of the file `path` (without extension) or of a derivation."""
    return ox.NamedNode(GRAPH + path)


def local(iri: str) -> str:
    """Shorten an IRI of this project to its local name (`mgd:KEN` becomes `KEN`); others stay whole."""
    if iri.startswith(GRAPH):
        return iri[len(GRAPH) :]
    if iri.startswith(BASE):
        return iri[len(BASE) :].split("/", 1)[-1]
    return iri


def short(iri: str) -> str:
    """Write an IRI with one of the known prefixes where that is possible."""
    for prefix, start in PREFIXES.items():
        if iri.startswith(start) and "/" not in iri[len(start) :] and "#" not in iri[len(start) :]:
            return f"{prefix}:{iri[len(start) :]}"
    return iri


def expand(name: str) -> str | None:
    """Return the full IRI of a prefixed name or of an absolute http(s) IRI; None when it is neither."""
    if name.startswith(("http://", "https://")):
        return name
    prefix, colon, rest = name.partition(":")
    return PREFIXES[prefix] + rest if colon and prefix in PREFIXES else None
