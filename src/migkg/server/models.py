"""The shapes of the JSON answers, as the OpenAPI description shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from migkg.trace import Trace


class Named(BaseModel):
    """A thing: its local id, its English label, its kind."""

    id: str = Field(examples=["sdg-indicator-10-7-2"])
    label: str
    kind: str = Field(examples=["indicator"])


class SourceModel(BaseModel):
    """Where a statement was found."""

    id: str
    title: str
    locator: str | None = Field(None, description="Page, paragraph or slide.")
    url: str | None = None


class ReadingModel(BaseModel):
    """What one dated list of the parties of a treaty says of a State."""

    list: str
    listed: str = Field(description="The day of the list; after it silence is unknown, never no.")
    answer: str
    since: str | None = None
    signed: str | None = None
    bound_from: str | None = None
    act: str | None = Field(None, description="Ratification, accession, succession …")
    denounced: str | None = None
    in_force: str | None = Field(None, description="When the treaty itself entered into force.")
    note: str | None = None
    source: str


class StandingModel(BaseModel):
    """Where a State stands towards one treaty."""

    treaty: str
    treaty_label: str
    answer: str = Field(description="party, signatory, not-party, not-in-force, unknown or disputed")
    since: str | None = None
    said: str = Field(description="The answer in words.")
    readings: list[ReadingModel]


class HopModel(BaseModel):
    """One step of a trace, with who says so."""

    from_: str = Field(alias="from", examples=["sdg-indicator-10-7-2"])
    relation: str = Field(examples=["measures"])
    to: str = Field(examples=["sdg-target-10-7"])
    force: str = Field(description="Legal force of the text it leads to; `none` for a structure or a body.")
    date: str | None = Field(None, description="As precise as the source; null when unknown.")
    basis: str = Field(description="How the step is known: sourced, seed-stated, seed-implied, background, …")
    sources: list[SourceModel]
    from_label: str
    relation_label: str
    to_label: str
    to_kind: str
    date_of: str = Field(description="What the date is of: statement, entry into force, text, unknown.")
    confidence: str | None = None
    note: str | None = None
    legal_basis: bool = Field(description="False for a relation of meaning, which carries no force.")
    standing: list[StandingModel] | None = Field(None, description="Only when a State was asked for.")


class PathModel(BaseModel):
    """One way from the start to a text; it is as strong as its weakest text."""

    force: str
    binding: bool
    hops: list[HopModel]


class StateModel(BaseModel):
    """The State that was asked for, and the day."""

    id: str
    label: str
    as_of: str | None = None
    treaties: list[StandingModel] = Field(
        description="Where it stands towards each treaty of the trace, its start included."
    )


class TraceModel(BaseModel):
    """All ways from a thing to its legal basis. `cut` says that there were more than are listed."""

    start: Named
    as_of: str | None = None
    for_: StateModel | None = Field(None, alias="for")
    cut: bool = False
    gap: dict[str, str | list[str]] | None = Field(None, description="That none was found: why, and what was searched.")
    paths: list[PathModel]
    binding_throughout: int = Field(description="How many paths bind throughout.")
    binding_through_weaker_text: int = Field(description="How many reach binding law through a weaker text.")


class DependentModel(BaseModel):
    """A thing that rests on a text, with one of the shortest ways to it."""

    id: str
    label: str
    kind: str
    code: str | None = None
    steps: int
    legal_basis: bool = Field(description="False where a relation of meaning is on the way.")
    hops: list[HopModel]


class BuiltModel(BaseModel):
    """Everything that is built on a text, the nearest first."""

    end: Named
    as_of: str | None = None
    count: int
    things: list[DependentModel]


class CoverageModel(BaseModel):
    """How much of each framework has a legal basis. `silent` is the number of parts of which nothing is said."""

    frameworks: list[dict[str, str | int | None]] = Field(description="The figures of each framework.")
    kinds: list[dict[str, str | int | None]] = Field(description="The same by kind of part.")
    gaps: list[dict[str, str | None]]
    silent: int


class ScoreModel(BaseModel):
    """One score; `value`, `lower` and `upper` are percentages, or counts where `unit` says so."""

    area: str = Field(examples=["m49-001"])
    area_label: str
    element: str
    element_label: str
    period: str = Field(examples=["2021"])
    value: float = Field(examples=[61.8705])
    countries: int | None = None
    band: str | None = None
    band_label: str | None = None
    lower: float | None = None
    upper: float | None = None
    coverage: float | None = None
    unit: str = Field("unit-percent", examples=["unit-percent"])
    version: str | None = Field(None, description="version of the method")


class ComparisonModel(BaseModel):
    """A published figure beside the recomputed one."""

    area: str
    area_label: str
    element: str
    element_label: str
    period: str
    published: str
    ours: float | None = None
    countries: int | None = None
    verdict: str = Field(description="match, mismatch or not recomputable")
    reason: str | None = None
    source: str | None = Field(None, description="who published the figure")


class ScoresModel(BaseModel):
    """The scores of a method, or (with `compare`) its comparison with published figures."""

    method: str
    scores: list[ScoreModel] = []
    comparison: list[ComparisonModel] = []


class MappingModel(BaseModel):
    """One mapping; `object` is null for a gap that a source or an author states."""

    id: str
    subject: str
    subject_label: str
    predicate: str = Field(examples=["closeMatch"])
    object: str | None = None
    object_label: str | None = None
    basis: str
    confidence: str | None = None
    comment: str | None = None
    justification: str
    sources: list[str]


class StepModel(BaseModel):
    """One mapping of a path, as somebody made it; it may read from right to left."""

    mapping: str
    subject: str
    predicate: str
    object: str
    basis: str
    confidence: str | None = None


class ComposedModel(MappingModel):
    """A suggestion that follows from the two mappings of `path`, in order; nobody has looked at it."""

    through: str
    through_label: str
    judgements: int = Field(description="How many of the two are our own judgement.")
    path: list[StepModel]


class GapModel(BaseModel):
    """A part of `framework` that no mapping joins with the other; `stated` has the words of somebody who says so."""

    framework: str
    part: str
    part_label: str
    kind: str
    stated: str | None = None


class CrosswalkModel(BaseModel):
    """What joins two frameworks, and what does not."""

    left: Named
    right: Named
    mappings: list[MappingModel]
    gaps: list[GapModel]
    composed: list[ComposedModel] | None = Field(None, description="Only where it was asked for.")


class QuestionModel(BaseModel):
    """One question that can be asked."""

    name: str
    summary: str
    description: str
    reader: str = Field(description="Who asks: focal-point, analyst, secretariat or engineer.")
    tags: list[str]
    params: list[dict[str, str | bool]]
    href: str


class ProblemModel(BaseModel):
    """A problem, by RFC 9457. `candidates` come with unknown and ambiguous names, `line` and `column` with queries."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    candidates: list[Named] | None = None
    line: int | None = None
    column: int | None = None


class InfoModel(BaseModel):
    """The release that answers."""

    release: str
    version: str
    hash: str
    statements: int = Field(description="Statements, with the graph that says so.")
    triples: int = Field(description="Statements, each counted once.")
    graphs: int
    things: dict[str, int] = Field(description="How many things of each kind.")
    limits: dict[str, float]
    license: Literal["https://creativecommons.org/licenses/by/4.0/"] = "https://creativecommons.org/licenses/by/4.0/"


def trace_values(found: Trace) -> dict[str, object]:
    """Return a trace as the plain values of `TraceModel`."""
    counts = {
        "binding_throughout": len(found.binding),
        "binding_through_weaker_text": len(found.reaching),
    }
    return {**found.to_dict(), **counts}
