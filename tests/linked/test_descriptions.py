"""What a release says about itself: counts agree with the data, every address answers, standards are kept."""

from __future__ import annotations

import json

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, XSD, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, VOID

from migkg import describe, queries
from migkg.release import Release
from tests import bases
from tests.linked.conftest import BASE

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SCHEMA = Namespace("https://schema.org/")
MG = Namespace("https://w3id.org/migkg/def/")
DATASET = URIRef("https://w3id.org/migkg/catalog#migkg")
DOCUMENTS = ("/.well-known/void", "/catalog", "/.well-known/sparql-examples", "/sparql")
READ = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
}


def described(client: httpx.Client, path: str) -> rdflib.Graph:
    """Return one description."""
    return rdflib.Graph().parse(data=client.get(path, headers={"Accept": "text/turtle"}).text, format="turtle")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_description_is_the_same_in_every_syntax(here: httpx.Client, path: str) -> None:
    """No node without a name, so the graphs are equal as sets; asked twice, the bytes are."""
    made = set()
    for media, name in READ.items():
        answer = here.get(path, headers={"Accept": media})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(media)
        assert answer.content == here.get(path, headers={"Accept": media}).content
        graph = rdflib.Graph().parse(data=answer.text, format=name)
        assert not any(isinstance(term, rdflib.BNode) for triple in graph for term in triple)
        made.add(frozenset(graph))
    assert len(made) == 1 and len(made.pop()) > 20


def test_names_are_permanent_and_addresses_are_of_the_server(here: httpx.Client, elsewhere: httpx.Client) -> None:
    """Wherever it is served, the data set has one name; what can be fetched is at the server that was asked."""
    one, other = described(here, "/catalog"), described(elsewhere, "/catalog")
    assert (DATASET, RDF.type, DCAT.Dataset) in one and (DATASET, RDF.type, DCAT.Dataset) in other
    assert all(str(url).startswith(BASE) for url in other.objects(None, DCAT.downloadURL))
    void = described(elsewhere, "/.well-known/void")
    assert void.value(DATASET, VOID.sparqlEndpoint) == URIRef(BASE + "sparql")
    assert void.value(DATASET, VOID.uriSpace) == Literal("https://w3id.org/migkg/id/")


def test_the_partitions_count_what_is_there(here: httpx.Client, releases: list[Release]) -> None:
    """VoID counts each class, property and graph; the numbers are those of the release."""
    void = described(here, "/.well-known/void")
    manifest = releases[1].manifest
    assert void.value(DATASET, VOID.triples) == Literal(manifest["triples"])
    classes = {
        void.value(p, VOID["class"]): int(void.value(p, VOID.entities))
        for p in void.objects(DATASET, VOID.classPartition)
    }
    assert classes[MG.Country] == manifest["types"]["Country"] and len(classes) == int(
        void.value(DATASET, VOID.classes)
    )
    parts = {
        void.value(p, VOID.property): int(void.value(p, VOID.triples))
        for p in void.objects(DATASET, VOID.propertyPartition)
    }
    assert sum(parts.values()) == manifest["triples"]
    assert parts[RDF.type] == sum(classes.values())
    graphs = {str(g): int(void.value(g, VOID.triples)) for g in void.objects(DATASET, VOID.subset)}
    assert graphs == {one["iri"]: one["triples"] for one in manifest["graphs"]}
    assert URIRef("http://www.w3.org/2004/02/skos/core#") in set(void.objects(DATASET, VOID.vocabulary))
    licensed = URIRef("https://w3id.org/migkg/graph/ontology/migkg")
    assert (licensed, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")) in void


def test_the_catalogue_has_versions_files_and_checksums(here: httpx.Client, releases: list[Release]) -> None:
    """DCAT 3: this version and the former one, every file with address and type, the hashes of the manifest."""
    said = described(here, "/catalog")
    former, current = (URIRef(f"https://w3id.org/migkg/catalog#migkg-{one.id}") for one in releases)
    assert said.value(DATASET, DCAT.hasCurrentVersion) == current
    assert set(said.objects(DATASET, DCAT.hasVersion)) == {former, current}
    assert said.value(current, DCAT.previousVersion) == former
    files = set(said.objects(DATASET, DCAT.distribution))
    assert len(files) == 16 == len(set(said.objects(current, DCAT.distribution)))
    sums = {str(said.value(f, DCAT.downloadURL)).rsplit("/", 1)[-1]: said.value(f, SPDX.checksum) for f in files}
    manifest = releases[1].manifest
    for name, digest in (("migkg.nq", manifest["hash"]), ("migkg.nt", manifest["merged"])):
        assert said.value(sums[name], SPDX.checksumValue) == Literal(digest, datatype=XSD.hexBinary)
    whole = said.value(current, SPDX.checksum)
    assert said.value(whole, SPDX.checksumValue) == Literal(manifest["canonical"]["sha256"], datatype=XSD.hexBinary)
    for one in files:
        assert here.get("/downloads/" + str(said.value(one, DCAT.downloadURL)).rsplit("/", 1)[-1]).status_code == 200


def test_the_service_says_which_graphs_it_holds(here: httpx.Client, releases: list[Release]) -> None:
    """Each graph by name with its size, and which languages and formats are spoken."""
    said = described(here, "/sparql")
    service = said.value(None, RDF.type, SD.Service)
    assert said.value(service, SD.endpoint) == service
    assert (service, SD.supportedLanguage, SD.SPARQL11Query) in said
    names = {str(said.value(entry, SD.name)) for entry in said.objects(None, SD.namedGraph)}
    assert names == {one["iri"] for one in releases[1].manifest["graphs"]}


def test_every_question_is_an_example_that_runs(here: httpx.Client) -> None:
    """In the convention of the SPARQL examples: text, words, prefixes, endpoint; each runs as it stands."""
    said = described(here, "/.well-known/sparql-examples")
    examples = set(said.subjects(RDF.type, SH.SPARQLSelectExecutable))
    assert {str(e).rsplit("#", 1)[-1] for e in examples} == {q.short for q in queries.folder("ask")}
    declared = {str(said.value(d, SH.prefix)): said.value(d, SH.namespace) for d in said.objects(None, SH.declare)}
    assert declared["mg"] == Literal("https://w3id.org/migkg/def/", datatype=XSD.anyURI)
    for one in examples:
        assert (one, RDF.type, SH.SPARQLExecutable) in said and said.value(one, RDFS.comment).language == "en"
        assert (said.value(one, SH.prefixes), RDF.type, OWL.Ontology) in said
        assert str(said.value(one, SCHEMA.target)).endswith("/sparql")
        found = bases.small_store().query(str(said.value(one, SH.select)))
        assert isinstance(found, ox.QuerySolutions)


def test_the_context_reads_the_data(here: httpx.Client) -> None:
    """Short names of the context mean the terms of the ontology."""
    answer = here.get("/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    made = {**answer.json(), "@id": "mgd:x", "type": "Indicator", "tracesTo": "mgd:y", "lower": "1.5"}
    said = rdflib.Graph().parse(data=json.dumps(made), format="json-ld")
    thing, other = (URIRef(f"https://w3id.org/migkg/id/{name}") for name in "xy")
    assert {(thing, RDF.type, MG.Indicator), (thing, MG.tracesTo, other)} <= set(said)
    assert (thing, MG["lower"], Literal("1.5", datatype=XSD.decimal)) in said


def test_a_framework_in_skos_needs_no_other_vocabulary(here: httpx.Client) -> None:
    """Only SKOS and Dublin Core; the tree hangs together both ways and under its scheme."""
    said = rdflib.Graph().parse(data=here.get("/downloads/frameworks/sdg.ttl").text, format="turtle")
    skos = Namespace("http://www.w3.org/2004/02/skos/core#")
    used = {str(p) for p in said.predicates()} - {str(RDF.type)}
    assert all(p.startswith((str(skos), str(DCTERMS))) for p in used)
    scheme = URIRef("https://w3id.org/migkg/id/sdg")
    assert (scheme, RDF.type, skos.ConceptScheme) in said
    tops = set(said.objects(scheme, skos.hasTopConcept))
    assert tops and all((top, skos.topConceptOf, scheme) in said for top in tops)
    for part in said.subjects(RDF.type, skos.Concept):
        assert (part, skos.inScheme, scheme) in said and (part, skos.prefLabel, None) in said
    for child, above in said.subject_objects(skos.broader):
        assert (above, skos.narrower, child) in said
    assert here.get("/downloads/frameworks/XAA.ttl").status_code == 404


def test_the_page_of_downloads_speaks_to_search_engines(here: httpx.Client) -> None:
    """A schema.org data set with its files."""
    text = here.get("/downloads", headers={"Accept": "text/html"}).text
    said = json.loads(text.split('<script type="application/ld+json">')[1].split("</script>")[0])
    assert said["@type"] == "Dataset" and said["@id"] == str(DATASET)
    assert len(said["distribution"]) == 16
    assert all(one["@type"] == "DataDownload" and one["contentUrl"] for one in said["distribution"])


def test_words_of_a_description_stand_in_queries_and_not_in_python() -> None:
    """Who changes what is described changes a query."""
    for name in ("void", "catalog", "service", "examples", "ro-crate", "skos"):
        assert "CONSTRUCT" in queries.load(f"describe/{name}").text
    assert describe.triples.__doc__
