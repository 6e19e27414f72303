"""Shapes of one's own: SHACL from outside over a file, in a process that can be killed.

Foreign shapes can hold patterns and queries that never end, so they run with a time and a memory limit, and they
neither fetch what they import nor run scripts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from migkg import load
from migkg.candidate import Candidate
from migkg.errors import InputError, LimitReached, TimedOut
from migkg.findings import SEVERITY, SH, Finding, placed
from migkg.stores import Store
from migkg.terms import PREFIXES, RDF_TYPE, local, short

SECONDS = 60
MEMORY_MB = 2_000
_BATCH = 500


def check(
    shapes: Path, files: Sequence[Candidate], store: Store, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
) -> list[Finding]:
    """Return what these shapes find in the files.

    Raises InputError for a file that holds no shapes, TimedOut and LimitReached at the limits.
    """
    if shapes.suffix.lower() not in load.RDF_FORMATS:
        raise InputError(f"{shapes}: shapes are RDF: {', '.join(load.RDF_FORMATS)}.")
    rules = [quad.triple for quad in load.read_rdf(shapes)]
    if not any(t.predicate.value.startswith(SH) or str(t.object).startswith(f"<{SH}") for t in rules):
        raise InputError(f"{shapes} holds no SHACL shape.")
    return [
        placed(f, one) for one in files for f in _found(_run(shapes, rules, _seen(one, store), seconds, memory_mb), one)
    ]


def _seen(one: Candidate, store: Store) -> list[ox.Triple]:
    """Return what the file says, and what the graph says of the things that the file mentions."""
    own = {t.subject for t in one.triples}
    mentioned = sorted(
        {str(t.object) for t in one.triples if isinstance(t.object, ox.NamedNode)} - {str(s) for s in own}
    )
    beside: list[ox.Triple] = []
    for start in range(0, len(mentioned), _BATCH):
        names = " ".join(mentioned[start : start + _BATCH])
        found = store.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {names} }} ?s ?p ?o }}")
        assert isinstance(found, ox.QueryTriples)
        beside += found
    return [*one.triples, *beside]


def _run(
    shapes: Path, rules: Iterable[ox.Triple], data: Iterable[ox.Triple], seconds: float, memory_mb: int
) -> list[ox.Triple]:
    def text(triples: Iterable[ox.Triple]) -> str:
        return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()

    asked = json.dumps({"shapes": text(rules), "data": text(data), "memory_mb": memory_mb})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "migkg.foreign_child"],
            input=asked.encode(),
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise TimedOut(f"{shapes}: the shapes were stopped after {seconds:g} seconds, the time limit.") from None
    if done.returncode or not done.stdout:
        raise LimitReached(f"{shapes}: the shapes needed more than their {memory_mb} MB of memory and were stopped.")
    said = json.loads(done.stdout)
    if "error" in said:
        raise InputError(f"{shapes}: the shapes could not be applied: {said['error']}")
    return [q.triple for q in ox.parse(said["report"].encode(), format=ox.RdfFormat.N_TRIPLES)]


def _found(report: list[ox.Triple], one: Candidate) -> list[Finding]:
    """Return the results about things of the file as findings."""
    about: dict[object, dict[str, list[object]]] = {}
    for t in report:
        about.setdefault(t.subject, {}).setdefault(t.predicate.value.removeprefix(SH), []).append(t.object)
    mine = {t.subject for t in one.triples}
    found = []
    for said in about.values():
        focus = said.get("focusNode", [None])[0]
        if focus not in mine or ox.NamedNode(SH + "ValidationResult") not in said.get(RDF_TYPE.value, []):
            continue
        shape, path, value = (said.get(key, [None])[0] for key in ("sourceShape", "resultPath", "value"))
        words = sorted(
            (m for m in said.get("resultMessage", []) if isinstance(m, ox.Literal)),
            key=lambda m: (m.language != one.language, m.language != "en", m.value),
        )
        found.append(
            Finding(
                SEVERITY.get(_iri(said.get("resultSeverity", [None])[0]), "error"),
                local(shape.value).rsplit("/", 1)[-1].rsplit("#", 1)[-1]
                if isinstance(shape, ox.NamedNode)
                else "own-shape",
                local(_iri(focus)),
                short(path.value) if isinstance(path, ox.NamedNode) else "",
                local(value.value)[:200] if isinstance(value, ox.NamedNode | ox.Literal) else "",
                words[0].value if words else "This breaks a shape of yours.",
            )
        )
    return sorted(found, key=lambda f: (f.focus, f.check, f.path, f.value))


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else PREFIXES["mgd"]
