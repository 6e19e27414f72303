"""Signs at every document about a thing: its permanent name, its other forms, its kind, its licence (Signposting).

In the `Link` header of a page or of data, and all together as one link set (RFC 9264) at `/linkset/…`.
"""

from __future__ import annotations

import json
from typing import Any

import pyoxigraph as ox
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from migkg import queries
from migkg.server import world
from migkg.server.addresses import below, iri_of, page
from migkg.server.negotiate import GRAPHS, HTML, JSON, choose
from migkg.server.render import Links, kept
from migkg.server.world import World
from migkg.terms import BASE, RDF_TYPE

router = APIRouter(include_in_schema=False)

LINKSET = "application/linkset+json"
SCHEMA = "https://schema.org/"
LANDING = SCHEMA + "AboutPage"


def links(here: World, iri: str, at: str = "page") -> Links:
    """Return Link headers for a document about an IRI; `at` is page, data or thing (the redirect to one of them)."""
    named = {"page": "canonical cite-as", "data": "describes cite-as", "thing": "cite-as"}[at]
    more = " describedby" if at != "data" else ""
    made = {iri: named}
    for address, media in forms(iri).items():
        if address != page(iri) or at != "page":
            made[address] = f'alternate{more if media != HTML else ""}"; type="{media}'
    made[f"/linkset/{below(iri)}"] = f'linkset"; type="{LINKSET}'
    kinds, licences = terms(here, iri)
    made.update(dict.fromkeys(licences, "license"))
    made.update({kind: "type" for kind in ([LANDING] if at == "page" else []) + kinds if kind != iri})
    return made


def forms(iri: str) -> dict[str, str]:
    """Return the documents about an IRI, address by media type; the ontology stands at addresses of its own."""
    stem = "/ontology" if iri == BASE + "ontology" else "/data/" + below(iri)
    return {page(iri): HTML, **{f"{stem}.{ending}": media for ending, media in GRAPHS.items()}}


def terms(here: World, iri: str) -> tuple[list[str], list[str]]:
    """Return what kinds of thing this is, in words of schema.org and in ours, and the licences of what is said."""
    said = here.cached(f"signs {iri}", lambda: queries.solutions(here.store, "view/signposts", thing=ox.NamedNode(iri)))
    kinds = [row["kind"].value for row in said if isinstance(row["kind"], ox.NamedNode)]
    known = [row["value"].value for row in schema(here, iri) if row["property"] == RDF_TYPE]
    licences = [row["license"].value for row in said if row["license"] is not None]
    return list(dict.fromkeys(known + kinds)), list(dict.fromkeys(licences))


def schema(here: World, iri: str) -> list[dict[str, Any]]:
    """Return the rows of `queries/view/schema-org.rq` for one thing, asked once a release."""
    return here.cached(
        f"schema {iri}", lambda: queries.solutions(here.store, "view/schema-org", thing=ox.NamedNode(iri))
    )


def markup(here: World, iri: str) -> Markup:
    """Return the thing as JSON-LD in words of schema.org, for its page; nothing where they have no such kind."""
    made: dict[str, Any] = {}
    for row in schema(here, iri):
        name = "@type" if row["property"] == RDF_TYPE else row["property"].value.removeprefix(SCHEMA)
        made.setdefault(name, []).append(_value(row["value"], kind=name == "@type"))
    if "@type" not in made:
        return Markup("")
    single = {name: values[0] if len(values) == 1 else values for name, values in sorted(made.items())}
    _, licences = terms(here, iri)
    more = {"mainEntityOfPage": here.settings.url(page(iri)), **({"license": licences} if licences else {})}
    said = {"@context": SCHEMA, "@id": iri, "url": iri, **single, **(more if "CreativeWork" in made["@type"] else {})}
    return script(said)


def script(said: dict[str, Any]) -> Markup:
    """Return JSON-LD that no word of others can break out of."""
    text = json.dumps(said, ensure_ascii=False)
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(f'<script type="application/ld+json">{safe}</script>')


@router.get("/linkset/{name:path}")
def linkset(request: Request, name: str) -> Response:
    """Return every sign of a thing and of the documents about it as one link set."""
    from migkg.server.linked import known

    here = world.of(request)
    iri = known(here, iri_of(name))
    chosen = choose(request.headers.get("accept"), (LINKSET, JSON))
    return kept(request, chosen, lambda: json.dumps(_set(here, iri), ensure_ascii=False, indent=1) + "\n")


def _set(here: World, iri: str) -> dict[str, Any]:
    url = here.settings.url
    kinds, licences = terms(here, iri)
    documents = [{"href": url(address), "type": media} for address, media in forms(iri).items()]
    signs: dict[str, Any] = {
        "cite-as": [{"href": iri}],
        "describedby": documents,
        "type": [{"href": kind} for kind in kinds],
        "license": [{"href": one} for one in licences],
    }
    thing = {"anchor": iri, **{name: listed for name, listed in signs.items() if listed}}
    about = [{"anchor": one["href"], "describes": [{"href": iri}]} for one in documents]
    return {"linkset": [thing, *about]}


def _value(term: Any, *, kind: bool) -> Any:
    if isinstance(term, ox.NamedNode):
        return term.value.removeprefix(SCHEMA) if kind else {"@id": term.value}
    return {"@value": term.value, "@language": term.language} if term.language else term.value
