"""From what people call a thing to the thing: `10.7.2`, `A/RES/70/1`, `KEN`, `mgd:migof`, a full IRI."""

from __future__ import annotations

import unicodedata
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from migkg import queries
from migkg.errors import AmbiguousName, Candidate, UnknownName, UsageError
from migkg.near import likeness
from migkg.stores import Store
from migkg.terms import ID, PREFIXES, expand, local, thing

NEAREST = 5
NEAR = 0.62
Named = tuple[Candidate, tuple[str, ...]]
_KEPT: WeakKeyDictionary[Store, tuple[int, list[Named]]] = WeakKeyDictionary()


def resolve(store: Store, name: str) -> ox.NamedNode:
    """Return the thing that a local id, a code, a prefixed name or an IRI means.

    Raises UnknownName with the nearest matches, or AmbiguousName with all candidates.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > 300 or any(c < " " for c in name):
        raise UnknownName(name[:60])
    if iri := _as_iri(name):
        if _exists(store, iri):
            return iri
        name = local(iri.value)
    else:
        for form in dict.fromkeys((name, name.lower(), name.upper())):
            if _is_plain(form) and _exists(store, thing(form)):
                return thing(form)
    code = f"m49 {name}" if name.isascii() and name.isdigit() and len(name) == 3 else name.lower()
    found = queries.rows(store, "view/names", name=ox.Literal(code))
    found = found or queries.rows(store, "view/named", name=ox.Literal(name.lower()))
    candidates = {row["thing"]: Candidate(row["thing"] or "", row["label"] or "", row["kind"] or "") for row in found}
    if len(candidates) == 1:
        return thing(next(iter(candidates.values())).id)
    if candidates:
        raise AmbiguousName(name, sorted(candidates.values(), key=lambda c: c.id))
    raise UnknownName(name, search(store, name, NEAREST))


def search(store: Store, words: str, limit: int = 20) -> list[Candidate]:
    """Return the things whose id, code or label holds the words or comes near them, best first."""
    wanted = _fold(words)
    best: dict[str, tuple[float, Candidate]] = {}
    for one, texts in _things(store):
        score = max(_closeness(wanted, text) for text in texts)
        before = best.get(one.id)
        if score > NEAR and (before is None or (-score, one.kind) < (-before[0], before[1].kind)):
            best[one.id] = (score, one)
    ordered = sorted(best.values(), key=lambda pair: (-pair[0], pair[1].id))
    return [one for _, one in ordered[:limit]]


def _things(store: Store) -> list[Named]:
    """Return the things with what they are called, folded; of a release, which never changes, this is kept."""
    lasting = bool(getattr(store, "unchanging", False))
    changes = int(getattr(store, "changes", 0))
    if lasting and (kept := _KEPT.get(store)) is not None and kept[0] == changes:
        return kept[1]
    found = []
    for row in queries.rows(store, queries.unordered(queries.load("view/things"))):
        one = Candidate(row["thing"] or "", row["label"] or "", row["kind"] or "")
        if one.id and not one.id.startswith("http"):
            found.append((one, tuple(_fold(text) for text in (one.id, one.label, row["name"] or ""))))
    if lasting:
        _KEPT[store] = changes, found
    return found


def describe(store: Store, iri: ox.NamedNode) -> Candidate:
    """Return id, English label and kind of a thing; label and kind are empty where the graph has none."""
    found = queries.rows(store, "view/labels", thing=iri)
    first = found[0] if found else {}
    return Candidate(local(iri.value), first.get("label") or "", first.get("kind") or "")


def is_a(store: Store, iri: ox.NamedNode, kind: str) -> bool:
    """Return whether the thing is of this class of the ontology, such as `Country`."""
    found = store.query(f"ASK {{ {iri} a {ox.NamedNode(PREFIXES['mg'] + kind)} }}")
    return isinstance(found, ox.QueryBoolean) and bool(found)


def _as_iri(name: str) -> ox.NamedNode | None:
    full = expand(name)
    if full is None:
        return None
    try:
        return ox.NamedNode(full)
    except ValueError:
        raise UsageError(f"“{name}” is not a valid IRI.") from None


def _is_plain(name: str) -> bool:
    return all(c.isalnum() or c in "-_." for c in name)


def _exists(store: Store, iri: ox.NamedNode) -> bool:
    found = store.query(f"ASK {{ {iri} ?p ?o }}")
    return isinstance(found, ox.QueryBoolean) and bool(found)


def _fold(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in flat if not unicodedata.combining(c)).removeprefix(ID)


def _closeness(wanted: str, text: str) -> float:
    if not text:
        return 0.0
    if wanted == text:
        return 1.0
    if wanted in text:
        return 0.7 + 0.25 * len(wanted) / len(text)
    words = wanted.split()
    if len(words) > 1 and all(word in text for word in words):
        return 0.68
    return likeness(wanted, text, NEAR)
