"""The words of forms and findings, in English, French and Spanish: `data/interface/`, read once.

A text without a translation comes in English and says so, `[en]`, so that nobody takes it for translated.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from migkg import assets
from migkg.errors import UsageError

LANGUAGES = ("en", "fr", "es")
UNTRANSLATED = " [en]"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by its key, then by language."""
    found: dict[str, dict[str, str]] = {}
    for path in assets.files("data/interface", ".yaml"):
        for key, said in yaml.safe_load(path.read_text(encoding="utf-8"))["texts"].items():
            found[key] = {"en": said} if isinstance(said, str) else said
    return found


def has(key: str) -> bool:
    """Return whether there is a text of this key."""
    return key in catalogue()


def say(key: str, language: str = "en", **values: Any) -> str:
    """Return the text of this key with its values filled in; in English, and marked, where it is not translated."""
    said = catalogue()[key]
    text = said.get(language) or said["en"] + UNTRANSLATED
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def again(told: str, language: str) -> str:
    """Return in another language what was told in English about an unknown name; nothing for any other text."""
    for key in ("did-you-mean", "name-unknown"):
        start, _, end = catalogue()[key]["en"].partition("{near}")
        if told == start or (end and told.startswith(start) and told.endswith(end)):
            return say(key, language, near=told[len(start) : len(told) - len(end)].replace(" or ", " / "))
    return ""


def checked(language: str) -> str:
    """Return the language when texts exist in it. Raises UsageError."""
    if language not in LANGUAGES:
        raise UsageError(f"“{language}” is not a language of forms. There are: {', '.join(LANGUAGES)}.")
    return language
