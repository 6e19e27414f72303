"""How a server behaves: each limit with its bounds and a sentence, set by an environment variable `MIGKG_…`.

The sentences are what `migkg serve --help` and the page `/about/limits` show. A limit has a number; a secret is never
shown. Nothing is ever taken from the Host header.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from migkg.errors import UsageError
from migkg.terms import BASE

BEFORE = "MIGKG_"
LONG = 16
SHOWN = 80


def _number(default: float, low: float, high: float, what: str) -> Any:
    return Field(default, ge=low, le=high, description=what)


class Settings(BaseSettings):
    """The settings of one server: what is passed, else what the environment says, else the defaults."""

    model_config = SettingsConfigDict(
        env_prefix=BEFORE, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    base: Annotated[str, Field(description="The public address of the server.")] = BASE
    token: Annotated[str | None, Field(repr=False, description="The secret that allows to write.")] = None
    token_name: Annotated[str, Field(max_length=200, description="Who writes with the token.")] = ""

    seconds: float = _number(10, 0.1, 3_600, "Seconds that a query from outside may take.")
    rows: int = _number(1_000_000, 1, 1_000_000_000, "Rows or triples that one answer may have.")
    memory_mb: int = _number(1_000, 200, 1_000_000, "Megabytes of memory that one query process may take.")
    workers: int = _number(2, 1, 256, "Query processes: so many queries run at once.")
    waiting: int = _number(128, 0, 100_000, "Queries that may wait for a query process; one more is told to come back.")
    patience: float = _number(2, 0.1, 600, "Seconds that a query waits for a free query process.")
    kept_bytes: int = _number(64_000_000, 0, 100_000_000_000, "Bytes of answers that are kept for those who ask again.")

    connections: int = _number(500, 2, 100_000, "Connections at once; one more is told to come back.")
    head_seconds: float = _number(10, 0.1, 600, "Seconds in which address and headers must arrive.")
    head_bytes: int = _number(65_536, 2_000, 10_000_000, "Bytes that address and headers may have together.")
    body_seconds: float = _number(20, 0.1, 3_600, "Seconds in which a body must arrive.")
    body_bytes: int = _number(256_000, 1_000, 1_000_000_000, "Bytes that a body may have, but for graphs that are put.")
    send_seconds: float = _number(60, 0.1, 3_600, "Seconds that a client may read nothing of an answer.")
    stop_seconds: int = _number(10, 0, 600, "Seconds that running requests have to end when the server is stopped.")

    put_bytes: int = _number(50_000_000, 1_000, 10_000_000_000, "Bytes that a graph may have that is put.")
    put_seconds: float = _number(60, 0.1, 3_600, "Seconds in which a graph that is put must arrive.")
    write_seconds: float = _number(120, 1, 86_400, "Seconds that the release after a change may take to make.")
    write_patience: float = _number(30, 0.1, 3_600, "Seconds that a writer waits for the one before.")
    writer_mb: int = _number(4_000, 500, 1_000_000, "Megabytes of memory for the process that makes releases.")

    def __init__(self, **given: Any) -> None:
        """Take what is given, and the rest from the environment. Raises UsageError, which never shows a secret."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise UsageError(" ".join(_sentence(one, given) for one in error.errors())) from None

    @field_validator("base")
    @classmethod
    def _public(cls, base: str) -> str:
        try:
            parts = urlsplit(base)
            good = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        except ValueError:
            good = False
        if not good:
            raise ValueError(
                f"“{base[:200]}” is no public address. It looks like https://data.example.org/migkg/."
            ) from None
        return base

    @field_validator("token")
    @classmethod
    def _secret(cls, token: str | None) -> str | None:
        if not token:
            return None
        if len(token) < LONG or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(f"MIGKG_TOKEN must have at least {LONG} letters, digits or signs, and no spaces.")
        return token

    @property
    def prefix(self) -> str:
        """Return the path that the public address puts before ours, such as `/migkg`; nothing unless it was told.

        The permanent address is no place where pages are: what stands there leads to a server.
        """
        return "" if self.base == BASE else urlsplit(self.base).path.rstrip("/")

    def url(self, path: str) -> str:
        """Return the public address of a path of this server."""
        return self.base.rstrip("/") + "/" + path.lstrip("/")

    def limits(self) -> list[dict[str, Any]]:
        """Return each limit: its variable, what it is here, its default and bounds, and what it means."""
        return [{**said, "value": getattr(self, said["name"])} for said in described()]


def described() -> list[dict[str, Any]]:
    """Return what can be set as a number, without the values of a server."""
    return [
        {
            "name": name,
            "variable": BEFORE + name.upper(),
            "default": field.default,
            "lowest": low,
            "highest": high,
            "what": field.description,
        }
        for name, field in Settings.model_fields.items()
        if None not in (bounds := _bounds(field))
        for low, high in [bounds]
    ]


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    low = next((rule.ge for rule in field.metadata if hasattr(rule, "ge")), None)
    high = next((rule.le for rule in field.metadata if hasattr(rule, "le")), None)
    return low, high


def _sentence(error: Any, given: dict[str, Any]) -> str:
    """Return what is wrong with one setting: which variable, what it says, what it may say."""
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if name not in Settings.model_fields:
        return f"There is no setting “{name[:SHOWN]}”."
    variable = BEFORE + name.upper()
    field = Settings.model_fields[name]
    low, high = _bounds(field)
    if low is None or high is None:
        return f"{variable} cannot be used: {error['msg']}."
    import os

    said = str(given.get(name, os.environ.get(variable, "")))
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{variable} is “{said[:SHOWN]}”; it must be {kind} from {low:,} to {high:,}. {field.description}"
