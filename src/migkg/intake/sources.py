"""Where a table comes from: a source that the graph describes, or one that the person describes with flags."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from migkg import lookup, queries
from migkg.errors import ResourceMissing, UsageError
from migkg.intake.cells import fold
from migkg.intake.wishes import Wishes
from migkg.near import likeness
from migkg.stores import Store
from migkg.terms import GRAPH, ID, PREFIXES, thing

NEAR = 5
_NAME = re.compile(r"src-[a-z0-9]+(?:-[a-z0-9]+)*")
_WAY = (
    "Describe it with --source-title, --source-publisher and --source-licence (an address such as "
    "https://creativecommons.org/licenses/by/4.0/, or words); it is written beside the table"
)


def settled(wishes: Wishes, store: Store) -> Wishes:
    """Return the wishes with the name of a source that may be used. Raises UsageError saying what is missing."""
    told = {
        "--source-title": wishes.source_title,
        "--source-publisher": wishes.source_publisher,
        "--source-licence": wishes.source_licence,
    }
    if any(told.values()):
        return _own(wishes, told, store)
    if not wishes.source:
        return wishes
    if not _NAME.fullmatch(wishes.source) or not lookup.is_a(store, thing(wishes.source), "Source"):
        known = {row["source"] or "": row["title"] or "" for row in queries.rows(store, "ask/sources-with-terms")}
        raise UsageError(
            f"--source {wishes.source} is not described here. {_near(wishes.source, known)}"
            f"All {len(known)}: migkg ask sources-with-terms. {_WAY}."
        )
    if not _has_terms(store, wishes.source):
        raise UsageError(
            f"--source {wishes.source} says nowhere on what terms it may be used, so no table can rest on it. "
            f"Give it dcterms:license or dcterms:rights in its file of data/sources, or name it anew: {_WAY}."
        )
    return wishes


def write(wishes: Wishes, stage: Path) -> list[Path]:
    """Write the description of a source of the person's own below `stage`, if there is one."""
    if not wishes.source_title:
        return []
    short = wishes.source.removeprefix("src-")
    terms = wishes.source_licence
    if re.match(r"https?://", terms):
        said = f"dcterms:license {ox.NamedNode(terms)}"
    else:
        said = f"dcterms:rights {ox.Literal(terms, language='en')}"
    title = ox.Literal(wishes.source_title, language="en")
    publisher = ox.Literal(wishes.source_publisher, language="en")
    heads = "".join(f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in ("dcterms", "mg", "prov", "skos"))
    text = (
        f"# Described by the person who imported the table.\n{heads}\n"
        f"<{GRAPH}data/sources/{short}> a prov:Entity ;\n    dcterms:title {title} ;\n"
        f"    dcterms:publisher {publisher} ;\n    {said} .\n\n"
        f"<{ID}{wishes.source}> a mg:Source ;\n    skos:prefLabel {title} ;\n    dcterms:title {title} ;\n"
        f"    dcterms:publisher {publisher} ;\n    {said} .\n"
    )
    path = stage / "sources" / f"{short}.ttl"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ResourceMissing(f"{path} cannot be written: {error.strerror}.") from None
    return [path]


def _own(wishes: Wishes, told: dict[str, str], store: Store) -> Wishes:
    """Return the wishes with the name of the source that is described. Raises UsageError."""
    if missing := [flag for flag, text in told.items() if not text.strip()]:
        raise UsageError(f"A source of one's own needs {', '.join(missing)} too.")
    name = wishes.source or "src-" + re.sub(r"[^a-z0-9]+", "-", fold(wishes.source_title))[:60].strip("-")
    if not _NAME.fullmatch(name):
        raise UsageError(f"--source {name} is to be a name such as src-my-ministry: src-, small letters, digits and -.")
    if lookup.is_a(store, thing(name), "Source"):
        raise UsageError(f"--source {name} is described already. Leave out --source-title, or name another --source.")
    if re.match(r"https?://", wishes.source_licence):
        try:
            ox.NamedNode(wishes.source_licence)
        except ValueError:
            raise UsageError(f"--source-licence {wishes.source_licence} is no address.") from None
    return replace(wishes, source=name)


def _near(text: str, known: dict[str, str]) -> str:
    """Name the sources whose name or title comes near."""
    wanted = fold(text.removeprefix("src-").replace("-", " "))
    words = {word for word in wanted.split() if len(word) > 3}
    best = []
    for name, title in known.items():
        texts = (fold(name.removeprefix("src-").replace("-", " ")), fold(title))
        shared = max(sum(word in one for word in words) for one in texts)
        close = max(likeness(wanted, one, 0) for one in texts)
        if shared or close > 0.6:
            best.append((-shared, -close, f"{name} ({title})"))
    found = [shown for _, _, shown in sorted(best)[:NEAR]]
    return f"Near: {'; '.join(found)}. " if found else ""


def _has_terms(store: Store, source: str) -> bool:
    terms = f"<{PREFIXES['dcterms']}license>|<{PREFIXES['dcterms']}rights>"
    return bool(store.query(f"ASK {{ {thing(source)} {terms} ?terms }}"))
