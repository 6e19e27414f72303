"""Where each make of server answers, and what it makes of several graphs.

A server is known by its path or host alone, or by the head of its first answer. Of an unknown one we take what its
service description says, then what migkg's own server does. Virtuoso, Fuseki and migkg are tested for real; the
layouts of Oxigraph's server, GraphDB, RDF4J and Neptune are those of their manuals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pyoxigraph as ox

from migkg.stores.remote.address import DEFAULT, SERVER, Address
from migkg.terms import GRAPH

MERGED = GRAPH + "merged"  # the merge, on servers that count a triple once for each graph it stands in
PUSHED = GRAPH + "pushed"  # what was pushed: written and read by `migkg push` alone
_SD = "http://www.w3.org/ns/sparql-service-description#"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(frozen=True)
class Layout:
    """The addresses of a server; `update` and `graphs` are empty where there is none that we know of.

    `whole`: a GET of a graph gives all of it, where a query might be cut. `named`: the default graph of a query that
    names graphs; with it goes the list of graphs, without which the server shows graphs of its own too. `inserts`: what
    a query makes may be written by an update, of some of which Virtuoso 7.2 dies. `spared`: queries of ours that it is
    not asked to compute: it dies of them, refuses them or takes for ever. `whether`: `p?/q` in a path is understood.
    `hidden`: graphs of its own.
    """

    name: str
    query: str
    update: str = ""
    graphs: str = ""
    merged: str = SERVER
    whole: bool = False
    named: str = ""
    inserts: bool = True
    whether: bool = True
    spared: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Known:
    """How a make is recognised: by a header and a path; an empty pattern fits all."""

    layout: Layout
    path: str
    header: str = ""
    says: str = ""
    host: str = ""


_VIRTUOSO = (
    "http://www.openlinksw.com/schemas/virtrdf#",
    "http://www.w3.org/ns/ldp#",
    "http://www.w3.org/2002/07/owl#",
    "http://localuriqaserver/sparql",
    "http://localhost:8890/sparql",
    "http://localhost:8890/DAV/",
    "urn:activitystreams-owl:map",
    "urn:core:services:sparql",
)
_KNOWN = (
    _Known(
        Layout("GraphDB or RDF4J", "{base}", "{base}/statements", "{base}/rdf-graphs/service", SERVER, whole=True),
        path=r"(?P<base>.*/repositories/[^/]+)(/.*)?",
    ),
    _Known(
        Layout("Amazon Neptune", "/sparql", "/sparql", "/sparql/gsp/", SERVER, whole=True),
        path=r".*",
        host=r".*\.neptune\.amazonaws\.com(\.cn)?",
    ),
    _Known(
        Layout(
            "Virtuoso", "{base}/sparql", "{base}/sparql-auth", "{base}/sparql-graph-crud-auth", MERGED,
            whole=True, named="{merged}", inserts=False, whether=False, hidden=_VIRTUOSO,
            spared=("infer/composed-mappings", "infer/legal-basis",
                    "score/answers", "score/standings", "score/weights"),
        ),
        path=r"(?P<base>.*?)(/sparql(-auth)?)?/?",
        header="server",
        says=r"Virtuoso",
    ),
    _Known(
        Layout(
            "Fuseki", "{base}/query", "{base}/update", "{base}/data", DEFAULT,
            whole=True, named="urn:x-arq:DefaultGraph",
        ),
        path=r"(?P<base>/[^/]+)(/(sparql|query|update|data|get))?/?",
        header="fuseki-request-id",
    ),
    _Known(
        Layout("Oxigraph", "{base}/query", "{base}/update", "{base}/store", DEFAULT, whole=True),
        path=r"(?P<base>.*?)(/(query|update|store))?/?",
        header="server",
        says=r"oxigraph",
    ),
)  # fmt: skip


def known(address: Address, headers: Mapping[str, str] | None = None) -> Layout | None:
    """Return the layout of a server by its address alone, or with the headers of an answer; None for an unknown one."""
    parts = urlsplit(address.url)
    for one in _KNOWN:
        if one.header and (headers is None or not re.search(one.says, headers.get(one.header, "-"), re.I)):
            continue
        if one.header and headers is not None and one.header not in headers:
            continue
        if one.host and not re.fullmatch(one.host, parts.hostname or ""):
            continue
        if found := re.fullmatch(one.path, parts.path):
            return chosen(_placed(one.layout, address.url, found.groupdict().get("base", "")), address)
    return None


def guessed(address: Address, description: bytes = b"") -> Layout:
    """Return the layout of a server of an unknown make, with what its service description says."""
    base = re.sub(r"/(sparql|query)/?$", "", address.url).rstrip("/")
    layout = Layout("", address.url, graphs=base + "/graph")
    merges = not address.update
    try:
        told = list(ox.parse(description, format=ox.RdfFormat.TURTLE, base_iri=address.url)) if description else []
    except (SyntaxError, ValueError):
        told = []
    said = {(q.predicate.value, q.object.value) for q in told if isinstance(q.object, ox.NamedNode | ox.Literal)}
    if (_TYPE, _SD + "Service") in said:
        merges = merges or any(value == _SD + "UnionDefaultGraph" for _, value in said)
        places = [value for name, value in sorted(said) if name == _SD + "endpoint"]
        same = [value for value in places if urlsplit(value)[:2] == urlsplit(address.url)[:2]]
        layout = replace(layout, query=same[0] if same and address.url not in same else address.url)
    return chosen(replace(layout, merged=SERVER if merges else DEFAULT), address)


def chosen(layout: Layout, address: Address) -> Layout:
    """Return the layout with what the address says in the place of what was found."""
    said = {name: getattr(address, name) for name in ("query", "update", "graphs", "merged") if getattr(address, name)}
    return replace(layout, **said, whole=layout.whole or bool(address.graphs))


def _placed(layout: Layout, url: str, base: str) -> Layout:
    host = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    places = {name: getattr(layout, name) for name in ("query", "update", "graphs")}
    return replace(layout, **{name: host + place.format(base=base) for name, place in places.items() if place})
