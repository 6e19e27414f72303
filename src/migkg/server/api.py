"""The JSON API, `/api/v1`: trace, score, map, search and info, described by OpenAPI 3.1."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from migkg import cite, lookup, plot, prose
from migkg.built import built_on
from migkg.coverage import coverage
from migkg.crosswalk import crosswalk
from migkg.crosswalk import table as sssom_table
from migkg.errors import UsageError
from migkg.score import compare_published, methods, scores
from migkg.server import models, world
from migkg.server.negotiate import BIBTEX, CSL, CSV, JSON, MARKDOWN, SVG, TSV, choose
from migkg.server.render import kept
from migkg.tables import table
from migkg.trace import trace

router = APIRouter(
    prefix="/api/v1",
    responses={
        400: {"model": models.ProblemModel, "description": "A parameter is not right."},
        404: {"model": models.ProblemModel, "description": "Nothing has this name; `candidates` are the nearest."},
        300: {
            "model": models.ProblemModel,
            "description": "Several things have this code; `candidates` are all of them.",
        },
    },
)

Name = Annotated[
    str,
    Path(description="An id, a code or an IRI; it may hold slashes.", examples=["10.7.2"], max_length=500),
]
AsOf = Annotated[
    str | None,
    Query(description="Only what held then: a year or a day. Undated steps stay.", examples=["2016"]),
]
Format = Annotated[str | None, Query(description="The form of the answer, instead of the Accept header.")]
FORMS = {"json": JSON, "csv": CSV, "svg": SVG, "md": MARKDOWN, "bibtex": BIBTEX, "csl": CSL, "sssom": TSV}


class TraceFormat(StrEnum):
    """The forms of a trace."""

    json = "json"
    svg = "svg"
    csv = "csv"
    md = "md"
    bibtex = "bibtex"
    csl = "csl"


class TableFormat(StrEnum):
    """The forms of a table."""

    json = "json"
    csv = "csv"


class MapFormat(StrEnum):
    """The forms of a crosswalk; sssom is the table that tools for mappings read."""

    json = "json"
    csv = "csv"
    sssom = "sssom"


@router.get(
    "/trace/{name:path}",
    tags=["trace"],
    summary="Trace a thing to its legal basis",
    response_model=models.TraceModel,
    responses={200: {"content": {SVG: {}, CSV: {}, MARKDOWN: {}, BIBTEX: {}, CSL: {}}}},
)
def trace_thing(
    request: Request,
    name: Name,
    as_of: AsOf = None,
    related: Annotated[bool, Query(description="Add relations of meaning, which carry no force.")] = False,
    binding: Annotated[bool, Query(description="Only paths that bind, or that reach binding law.")] = False,
    state: Annotated[
        str | None,
        Query(
            alias="for",
            description="A State: say where it stands towards each treaty, on the day `as_of`.",
            examples=["KEN"],
            max_length=200,
        ),
    ] = None,
    format: TraceFormat | None = None,
) -> Response:
    """Return every path from a thing to law: each step typed, dated, cited, with its legal force.

    Markdown is sentences with footnotes; `bibtex` and `csl` are the sources as a bibliography.
    """
    form = _form(request, format, tuple(TraceFormat))
    store = world.of(request).store
    found = trace(store, name, as_of=as_of, related=related, binding=binding, state=state)
    cited = [source.id for hop in found.hops() for source in hop.sources]
    writers: dict[str, Callable[[], str | bytes]] = {
        "json": lambda: dump(models.trace_values(found)),
        "svg": lambda: plot.svg(found, href=world.of(request).settings.url("page") + "/"),
        "csv": lambda: table(found.rows()),
        "md": lambda: prose.markdown(found, prose.phrases(store)),
        "bibtex": lambda: cite.bibtex(store, cited),
        "csl": lambda: dump(cite.csl(store, cited)),
    }
    return kept(request, FORMS[form], writers[form], headers=_save(form, f"trace-{found.start.id}"))


@router.get(
    "/built-on/{name:path}",
    tags=["trace"],
    summary="List what is built on a text",
    response_model=models.BuiltModel,
    responses={200: {"content": {CSV: {}}}},
)
def built_on_text(
    request: Request,
    name: Name,
    as_of: AsOf = None,
    related: Annotated[bool, Query(description="Add what only relates to it, which is no legal basis.")] = False,
    format: TableFormat | None = None,
) -> Response:
    """Return everything that rests on a text, each thing once, by a shortest way: the inverse of a trace."""
    form = _form(request, format, ("json", "csv"))
    found = built_on(world.of(request).store, name, as_of=as_of, related=related)
    made = (lambda: table(found.rows())) if form == "csv" else (lambda: dump(found.to_dict()))
    return kept(request, FORMS[form], made, headers=_save(form, f"built-on-{found.end.id}"))


@router.get(
    "/coverage",
    tags=["trace"],
    summary="Count the parts of each framework that have a legal basis",
    response_model=models.CoverageModel,
    responses={200: {"content": {CSV: {}}}},
)
def coverage_of_traces(request: Request, format: TableFormat | None = None) -> Response:
    """Return, per framework and kind: parts with a basis of their own, an inherited one, a spoken gap, or silence."""
    form = _form(request, format, ("json", "csv"))
    found = coverage(world.of(request).store)
    made = (lambda: table(found.rows())) if form == "csv" else (lambda: dump(found.to_dict()))
    return kept(request, FORMS[form], made, headers=_save(form, "coverage"))


@router.get("/score", tags=["score"], summary="List the scoring methods")
def list_methods(request: Request) -> Response:
    """Return each method with its label and the number of its scores."""
    return kept(request, JSON, lambda: dump({"methods": methods(world.of(request).store)}))


@router.get(
    "/score/{method}",
    tags=["score"],
    summary="Read the scores of a method",
    response_model=models.ScoresModel,
    responses={200: {"content": {CSV: {}}}},
)
def score_method(
    request: Request,
    method: Annotated[str, Path(description="The name of the method.", examples=["sdg-10-7-2-regional"])],
    period: Annotated[str | None, Query(description="The reported year.", examples=["2021"])] = None,
    area: Annotated[str | None, Query(description="A country or group.", examples=["m49-001"])] = None,
    element: Annotated[str | None, Query(description="The indicator or a domain.", examples=["sdg1072-d3"])] = None,
    compare: Annotated[bool, Query(description="Set published figures beside ours instead.")] = False,
    format: TableFormat | None = None,
) -> Response:
    """Return scores, or with `compare` every published figure with ours and whether they match."""
    store = world.of(request).store
    form = _form(request, format, ("json", "csv"))
    if compare and (area or element):
        raise UsageError("A comparison takes a period, and neither area nor element.")
    found = (
        [c.to_dict() for c in compare_published(store, method, period=period)]
        if compare
        else [s.to_dict() for s in scores(store, method, period=period, area=area, element=element)]
    )
    if form == "csv":
        return kept(request, CSV, lambda: table(found), headers=_save(form, f"score-{method}"))
    return kept(request, JSON, lambda: dump({"method": method, "comparison" if compare else "scores": found}))


@router.get(
    "/map/{left}/{right}",
    tags=["map"],
    summary="Map one framework to another",
    response_model=models.CrosswalkModel,
    responses={200: {"content": {CSV: {}, TSV: {}}}},
)
def map_frameworks(
    request: Request,
    left: Annotated[str, Path(description="One framework.", examples=["migof"])],
    right: Annotated[str, Path(description="The other.", examples=["mgi-2016"])],
    composed: Annotated[
        bool, Query(description="Also suggestions that follow from two mappings over a third framework.")
    ] = False,
    format: MapFormat | None = None,
) -> Response:
    """Return the mappings in both directions, and the parts of either without a counterpart.

    With `composed` also what follows from two mappings, with its path; nobody has looked at such a suggestion.
    """
    form = _form(request, format, ("json", "csv", "sssom"))
    store = world.of(request).store
    found = crosswalk(store, left, right, composed)
    if form == "csv":
        rows = [_cells(m.to_dict(), composed) for m in found.all()]
        return kept(request, CSV, lambda: table(rows), headers=_save(form, "map"))
    if form == "sssom":
        text = sssom_table(store, found).decode()
        return kept(request, TSV, lambda: text, headers={"Content-Disposition": 'attachment; filename="map.sssom.tsv"'})
    return kept(request, JSON, lambda: dump(found.to_dict()))


def _cells(row: dict[str, Any], composed: bool) -> dict[str, Any]:
    """Return a mapping with its lists as words; the columns of a path are there only where composed ones are."""
    path = {
        "through": row.pop("through", None),
        "through_label": row.pop("through_label", None),
        "judgements": row.pop("judgements", None),
        "path": " ".join(step["mapping"] for step in row.pop("path", ())),
    }
    said = {**row, "sources": " ".join(row["sources"])}
    return {**said, **path} if composed else said


@router.get("/search", tags=["search"], summary="Search labels, codes and ids", response_model=list[models.Named])
def search(
    request: Request,
    q: Annotated[str, Query(description="Words, a code or an id.", min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 20,
) -> Response:
    """Return the things that the words fit, best first."""
    found = lookup.search(world.of(request).store, q, limit)
    return kept(request, JSON, lambda: dump([{"id": c.id, "label": c.label, "kind": c.kind} for c in found]))


@router.get("/info", tags=["info"], summary="Say which release answers", response_model=models.InfoModel)
def info(request: Request) -> Response:
    """Return version, hash, counts and limits."""
    here = world.of(request)
    manifest, settings = here.release.manifest, here.settings
    said = models.InfoModel(
        release=here.release.id,
        version=manifest["version"],
        hash=manifest["hash"],
        statements=manifest["quads"],
        triples=manifest["triples"],
        graphs=len(manifest["graphs"]),
        things={k: v for k, v in manifest["types"].items() if not k.startswith("http")},
        limits={"seconds": settings.seconds, "rows": settings.rows, "memory_mb": settings.memory_mb},
    )
    return kept(request, JSON, lambda: dump(said.model_dump()), also=repr(said.limits))


def dump(value: Any) -> str:
    """Write JSON for people and programs: UTF-8, no surprises."""
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _form(request: Request, asked: StrEnum | None, known: tuple[str, ...]) -> str:
    if asked is not None:
        return asked.value
    media = choose(request.headers.get("accept"), tuple(FORMS[k] for k in known)) if _picky(request) else JSON
    return next(k for k in known if FORMS[k] == media)


def _picky(request: Request) -> bool:
    """A browser that follows a link to the API gets JSON, although it does not list it."""
    return "text/html" not in request.headers.get("accept", "")


def _save(form: str, name: str) -> dict[str, str]:
    clean = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)[:80]
    return {"Content-Disposition": f'attachment; filename="{clean}.csv"'} if form == "csv" else {}
