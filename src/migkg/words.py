"""What people may type in a table of figures, and what they probably meant: areas, answers, questions.

The words come from a graph; without one, from the project's own files of areas, codes, frameworks and methods.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from migkg import assets, load, queries
from migkg.near import nearest
from migkg.stores import Store
from migkg.stores.oxigraph import OxigraphStore
from migkg.texts import say

NEAR = 0.72
_FILES = ("ontology/codes", "data/areas", "data/frameworks", "data/labels", "data/methods")


@dataclass(frozen=True)
class Code:
    """One allowed answer: its name, its short form, and its label by language."""

    id: str
    short: str
    labels: dict[str, str]

    def label(self, language: str) -> str:
        """The label in this language, in English where there is none."""
        return self.labels.get(language) or self.labels.get("en") or self.short

    def words(self, language: str) -> tuple[set[str], ...]:
        """What may be typed for it, in the order in which it is believed: names, words of the language, of others."""
        names, own = {fold(self.id), fold(self.short)}, {fold(self.label(language))}
        return names, own, set(map(fold, self.labels.values()))


@dataclass(frozen=True)
class Question:
    """One question of a method, with its domain, its list of codes, its words in English, and its label by language."""

    element: str
    code: str
    domain: str
    codes: str
    text: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Gone:
    """A country that is no more: its name by language, what became of it, the codes of today, when its code ended."""

    names: dict[str, str]
    became: str
    now: tuple[str, ...] = ()
    withdrawn: str = ""

    def said(self, language: str = "en") -> dict[str, str]:
        """Return what the text about it (`area-divided`, `area-merged`) is filled with."""
        name = self.names.get(language) or self.names["en"]
        if self.withdrawn:
            name = say("code-withdrawn", language, name=name, year=self.withdrawn)
        return {"name": name, "now": f" ({', '.join(self.now)})" if self.now else ""}


@dataclass
class Words:
    """All that may be typed, as one graph knows it."""

    areas: dict[str, str] = field(default_factory=dict)
    meant: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, list[Code]] = field(default_factory=dict)
    questions: dict[str, list[Question]] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)

    def gone(self, typed: str) -> Gone | None:
        """Return the country of former times that somebody names, when the word means none of today."""
        return None if fold(typed) in self.meant else former().get(fold(typed))

    def area(self, typed: str) -> list[str]:
        """Return the areas that somebody probably meant, each with its name: exact words first, then near ones."""
        exact = self.meant.get(fold(typed)) or self.meant.get(fold(f"M49 {typed:0>3}"), [])
        near = nearest(fold(typed), self.meant, 4, NEAR) if not exact else []
        turned = [a for a in self.areas if sorted(a) == sorted(typed.upper())] if not exact and len(typed) == 3 else []
        found = [*exact, *turned, *(area for word in near for area in self.meant[word])]
        return [f"{area} ({self.areas[area]})" for area in dict.fromkeys(found)][:3]

    def meant_by(self, shown: str) -> str:
        """Return the one area that is written as a form shows it: `Kenya (KEN)`, KEN or Kenya; empty where none is."""
        code = shown.rpartition("(")[2].rstrip(") ") if shown.endswith(")") else shown
        found = [code] if code in self.areas else self.meant.get(fold(shown), [])
        return found[0] if len(found) == 1 else ""

    def answer(self, element: str, typed: str, language: str) -> list[Code]:
        """Return the codes that this word means for this part, in its language first: none, one or several."""
        wanted = fold(typed)
        for rank in range(3):
            if found := [c for c in self.answers.get(element, []) if wanted in c.words(language)[rank]]:
                return found
        return []

    def near_answer(self, element: str, typed: str, language: str) -> list[str]:
        """Return what may have been meant: labels that begin alike or are written alike."""
        wanted = fold(typed)
        labels = {fold(c.label(language)): c.label(language) for c in self.answers.get(element, [])}
        labels |= {fold(c.short): c.label(language) for c in self.answers.get(element, [])}
        starts = [label for word, label in labels.items() if word.startswith(wanted) or wanted.startswith(word)]
        near = [labels[word] for word in nearest(wanted, labels, 2, 0.6)]
        return list(dict.fromkeys([*starts, *near]))[:3]

    def label(self, thing: str, language: str) -> str:
        """Return the label of a question or its domain, else its name."""
        return self.labels.get((thing, language)) or self.labels.get((thing, "en")) or thing


def fold(text: str) -> str:
    """Return text as it is compared: without case, accents, and doubled spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    flat = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    return " ".join("".join(c for c in flat if not unicodedata.combining(c)).split())


@cache
def former(top: Path | None = None) -> dict[str, Gone]:
    """Return the countries that are no more, by code and by name, folded; from `data/intake/former-names.yaml`."""
    path = (top or assets.root()) / "data" / "intake" / "former-names.yaml"
    found: dict[str, Gone] = {}
    for one in yaml.safe_load(path.read_text(encoding="utf-8"))["former"]:
        gone = Gone(one["name"], one["became"], tuple(one["now"]), one.get("withdrawn", ""))
        found |= {fold(word): gone for word in (*one["codes"], *one["names"])}
    return found


def of(store: Store | None = None, top: Path | None = None) -> Words:
    """Return the words that a graph knows; without one, those of the project's own files."""
    return _gathered(store) if store is not None else _own(top)


@cache
def _own(top: Path | None) -> Words:
    scratch = OxigraphStore()
    for path in (p for folder in _FILES for p in assets.files(folder, ".ttl", ".csv", at=top)):
        load.load_into(scratch, path, top)
    scratch.merge()
    return _gathered(scratch)


def _gathered(store: Store) -> Words:
    words = Words()
    for row in queries.rows(store, "view/form-areas"):
        area, word = row["area"] or "", row["word"] or ""
        if row["language"] == "en" or area not in words.areas:
            words.areas[area] = word if row["language"] else words.areas.get(area, area)
        named = words.meant.setdefault(fold(word), [])
        if area not in named:
            named.append(area)
    codes: dict[tuple[str, str], Code] = {}
    for row in queries.rows(store, "view/form-answers"):
        element, code, word = row["element"] or "", row["code"] or "", row["word"] or ""
        if (element, code) not in codes:
            codes[element, code] = Code(code, word, {})
            words.answers.setdefault(element, []).append(codes[element, code])
        if row["language"]:
            codes[element, code].labels[row["language"]] = word
    for row in queries.rows(store, "view/form-questions"):
        listed = words.questions.setdefault((row["method"] or "").removeprefix("scoring-"), [])
        element, language = row["element"] or "", row["language"]
        if not listed or listed[-1].element != element:
            code, domain, codes_of, text = (row[key] or "" for key in ("code", "domain", "list", "question"))
            listed.append(Question(element, code, domain, codes_of, text, {}))
        if language:
            listed[-1].labels[language] = words.labels[element, language] = row["label"] or ""
    return words
