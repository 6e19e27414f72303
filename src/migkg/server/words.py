"""Words for what the graph says: labels of things and kinds, and phrases for relations in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from migkg.server.addresses import page
from migkg.stores.oxigraph import OxigraphStore
from migkg.terms import BASE, GRAPH, PREFIXES, RDF_TYPE, local

MG: Final = PREFIXES["mg"]
_LABELS = (PREFIXES["skos"] + "prefLabel", PREFIXES["dcterms"] + "title")

# Relations of other vocabularies, which the graph does not label itself.
_OTHERS = {
    "dcat:accessURL": "where to get it",
    "dcterms:alternative": "also known as",
    "dcterms:bibliographicCitation": "how to cite it",
    "dcterms:contributor": "contributors",
    "dcterms:created": "made on",
    "dcterms:creator": "made by",
    "dcterms:date": "date",
    "dcterms:description": "description",
    "dcterms:identifier": "identifier",
    "dcterms:isPartOf": "part of",
    "dcterms:issued": "issued on",
    "dcterms:license": "licence",
    "dcterms:modified": "changed on",
    "dcterms:publisher": "published by",
    "dcterms:rights": "rights",
    "dcterms:source": "source",
    "dcterms:subject": "subject",
    "dcterms:title": "title",
    "dcterms:type": "kind of source",
    "eli:amends": "amends",
    "eli:date_document": "adopted on",
    "eli:first_date_entry_in_force": "in force since",
    "eli:is_part_of": "part of",
    "eli:passed_by": "passed by",
    "foaf:name": "name",
    "org:member": "member",
    "org:organization": "body",
    "org:role": "role",
    "org:unitOf": "unit of",
    "owl:annotatedProperty": "relation",
    "owl:annotatedSource": "from",
    "owl:annotatedTarget": "to",
    "owl:disjointWith": "never the same as",
    "owl:inverseOf": "the other way round",
    "owl:versionInfo": "version",
    "prov:used": "used",
    "prov:wasDerivedFrom": "computed from",
    "prov:wasGeneratedBy": "made by",
    "qb:dataSet": "data set",
    "rdf:type": "is a",
    "rdf:value": "value",
    "rdfs:comment": "comment",
    "rdfs:domain": "used on",
    "rdfs:isDefinedBy": "defined in",
    "rdfs:label": "name",
    "rdfs:range": "takes",
    "rdfs:seeAlso": "see also",
    "rdfs:subClassOf": "kind of",
    "rdfs:subPropertyOf": "special case of",
    "skos:altLabel": "also called",
    "skos:broadMatch": "matches something broader",
    "skos:broader": "part of",
    "skos:changeNote": "changes",
    "skos:closeMatch": "matches closely",
    "skos:definition": "what it is",
    "skos:editorialNote": "note of the editors",
    "skos:exactMatch": "is the same as",
    "skos:example": "example",
    "skos:hiddenLabel": "misprinted as",
    "skos:inScheme": "belongs to",
    "skos:member": "has member",
    "skos:narrowMatch": "matches something narrower",
    "skos:narrower": "has part",
    "skos:notation": "code",
    "skos:note": "note",
    "skos:prefLabel": "name",
    "skos:related": "related to",
    "skos:relatedMatch": "is related to",
    "skos:scopeNote": "how to use it",
    "skos:topConceptOf": "belongs to",
    "sssom:author_label": "made by",
    "sssom:mapping_justification": "how it was made",
    "sssom:object_source": "mapped into",
    "sssom:subject_source": "mapped from",
}
# How a relation reads from its other end.
_INVERSE = {
    "mg:about": "what speaks about it",
    "mg:addressee": "asked to act by",
    "mg:adoptedBy": "adopted",
    "mg:assessesRatificationOf": "its ratification is assessed by",
    "mg:basedOn": "is the basis of",
    "mg:carriedOutBy": "carries out",
    "mg:cites": "cited by",
    "mg:codeList": "gives the codes of",
    "mg:comparesWith": "compared with by",
    "mg:conceptuallyBasedOn": "is the conceptual basis of",
    "mg:country": "what is about this country",
    "mg:covers": "covered by",
    "mg:dataCollectedThrough": "collects the data of",
    "mg:definesOperationally": "defined in practice by",
    "mg:depositary": "keeps the treaties",
    "mg:endorsedBy": "endorsed",
    "mg:establishedBy": "established",
    "mg:implements": "implemented by",
    "mg:inArea": "takes in",
    "mg:informedBy": "informed",
    "mg:isPartOf": "has part",
    "mg:kind": "things of this kind",
    "mg:legalForce": "things with this force",
    "mg:mandatedBy": "mandated",
    "mg:measures": "measured by",
    "mg:namesInstrument": "named by",
    "mg:operationalises": "made observable by",
    "mg:organisedBy": "organised",
    "mg:outcome": "outcome of",
    "mg:partOfSeries": "events of this series",
    "mg:proposedFor": "what was proposed for it",
    "mg:readsFrom": "read by",
    "mg:recalls": "recalled by",
    "mg:respondsTo": "answered by",
    "mg:rightsLink": "touched on by",
    "mg:scores": "scored by",
    "mg:seriesOf": "statistical series",
    "mg:supplements": "supplemented by",
    "mg:theme": "who deals with it",
    "mg:votedFor": "voted for",
    "mg:votedAgainst": "voted against",
    "mg:abstained": "abstained in",
    "mg:didNotVote": "cast no vote in",
    "dcterms:creator": "made",
    "dcterms:isPartOf": "has part",
    "dcterms:publisher": "published",
    "dcterms:source": "what rests on this source",
    "eli:is_part_of": "has part",
    "eli:passed_by": "passed",
    "org:unitOf": "has unit",
    "rdf:type": "examples",
    "rdfs:subClassOf": "kinds of it",
    "rdfs:subPropertyOf": "special cases of it",
    "skos:broadMatch": "matched by something narrower",
    "skos:broader": "has part",
    "skos:closeMatch": "matched closely by",
    "skos:exactMatch": "is the same as",
    "skos:inScheme": "its parts",
    "skos:narrowMatch": "matched by something broader",
    "skos:relatedMatch": "is related to",
    "skos:topConceptOf": "its parts",
}
_AREAS = {MG + "Country", MG + "AreaGroup"}
FORCES = {
    "treaty": "binding on its parties",
    "decision": "decision that binds an organisation",
    "recommendation": "recommendation or endorsement",
    "voluntary": "voluntary",
    "none": "no text, or a structure",
}
BASES = {
    "seed-stated": "stated in a source document of the project",
    "seed-implied": "implied by a source document of the project",
    "sourced": "found in a source",
    "background": "general knowledge, not looked up",
    "judgement": "our own judgement",
    "structure": "follows from the structure",
    "composed": "composed of two mappings",
}


@dataclass(frozen=True)
class Link:
    """Something to show: its text, where it leads (or nowhere), a small word beside it, and its IRI."""

    text: str
    href: str | None = None
    hint: str = ""
    iri: str = ""
    code: str = ""


class Index:
    """Labels and kinds of everything in a release, read once."""

    def __init__(self, store: OxigraphStore) -> None:
        self.labels: dict[str, dict[str, str]] = {}
        self.kinds: dict[str, list[str]] = {}
        self.codes: dict[str, str] = {}
        every = store.engine.quads_for_pattern
        for name in reversed(_LABELS):
            for q in every(None, ox.NamedNode(name), None, ox.DefaultGraph()):
                if isinstance(q.object, ox.Literal) and isinstance(q.subject, ox.NamedNode):
                    self.labels.setdefault(q.subject.value, {})[q.object.language or ""] = q.object.value
        self.forms: dict[str, str] = {}
        self._name_forms(store)
        for q in every(None, RDF_TYPE, None, ox.DefaultGraph()):
            if isinstance(q.object, ox.NamedNode) and isinstance(q.subject, ox.NamedNode):
                self.kinds.setdefault(q.subject.value, []).append(q.object.value)
        codes = sorted(
            (q.subject.value, q.object.value)
            for q in every(None, ox.NamedNode(PREFIXES["skos"] + "notation"), None, ox.DefaultGraph())
            if isinstance(q.subject, ox.NamedNode) and isinstance(q.object, ox.Literal)
        )
        for subject, code in codes:
            if code == local(subject) or subject not in self.codes:
                self.codes[subject] = code

    def _name_forms(self, store: OxigraphStore) -> None:
        """Call a data set that came out of a form as the form is called, with the office that filled it in."""
        every, prov = store.engine.quads_for_pattern, PREFIXES["prov"]
        for q in every(None, ox.NamedNode(prov + "wasDerivedFrom"), None, ox.DefaultGraph()):
            if not isinstance(q.object, ox.NamedNode):
                continue
            form = self.labels.get(q.object.value, {}).get("en")
            if not form or not isinstance(q.subject, ox.NamedNode) or not q.subject.value.startswith(GRAPH):
                continue
            asked = every(q.object, ox.NamedNode(PREFIXES["dcterms"] + "creator"), None, ox.DefaultGraph())
            who = sorted(one.object.value for one in asked if isinstance(one.object, ox.Literal))
            self.forms[q.subject.value] = ", ".join([form, *who])

    def label(self, iri: str) -> str:
        """Return the best name of anything: English, else any language, else the last part of its IRI."""
        said = self.labels.get(iri)
        if said:
            return said.get("en") or said.get("") or next(iter(said.values()))
        return _known(iri, _OTHERS) or local(iri)

    def kind(self, iri: str) -> str:
        """Return what kind of thing this is, in a word or two; empty when the graph does not say."""
        classes = self.kinds.get(iri, [])
        ours = [self.label(c) for c in classes if c.startswith(MG)]
        return ", ".join(sorted(ours)) or ", ".join(sorted({self.label(c) for c in classes if c in self.labels}))

    def relation(self, iri: str) -> str:
        """Return the phrase for a relation, read forwards."""
        return _known(iri, _OTHERS) or self.label(iri)

    def inverse(self, iri: str) -> str:
        """Return the phrase for a relation, read from its other end."""
        return _known(iri, _INVERSE) or f"things for which this is “{self.relation(iri)}”"

    def link(self, iri: str) -> Link:
        """Return a link to the page of one of our things, or to an address elsewhere."""
        if iri.startswith(BASE):
            plain = iri.startswith(PREFIXES["mgc"]) or _AREAS & set(self.kinds.get(iri, ()))
            code = "" if plain else self.codes.get(iri, "")
            return Link(self.label(iri), page(iri), self.kind(iri), iri, code)
        if iri.startswith(("http://", "https://")):
            known = _known(iri, _OTHERS)
            return Link(known or self.labels.get(iri, {}).get("en") or iri, iri, "", iri)
        return Link(iri, None, "", iri)


def _known(iri: str, table: dict[str, str]) -> str | None:
    for prefix, start in PREFIXES.items():
        if iri.startswith(start):
            found = table.get(f"{prefix}:{iri[len(start) :]}")
            if found:
                return found
    return None
