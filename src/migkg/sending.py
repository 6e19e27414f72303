"""Send a file to a server that may be written to: the other end of `server/graphstore.py`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from migkg import candidate, reading
from migkg.body import TYPES
from migkg.errors import InputError, Refused, RemoteFailed, TimedOut, UnknownName, UsageError

TIMEOUT = 300
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Answer:
    """What the server said: whether it is done, the release that shows it, and what was found."""

    done: bool
    message: str
    release: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)


def token() -> str:
    """Return the token, which is never an argument: those are seen by others. Raises UsageError."""
    said = os.environ.get("MIGKG_TOKEN", "")
    if not said:
        raise UsageError("Writing needs a token: put that of the server into the environment variable MIGKG_TOKEN.")
    return said


def place(to: str, *, plain: bool = False) -> str:
    """Return the address of graphs on a server. Raises UsageError for one that would let others read the token."""
    parts = urlsplit(to)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise UsageError("--to takes an http(s) address without user name, such as https://data.example.org")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not plain:
        raise UsageError(
            f"The token would go to {parts.hostname} unencrypted. Use https, or --plain if the way there is safe."
        )
    return to.rstrip("/").removesuffix("/graph") + "/graph"


def graph_for(path: Path, encoding: str | None = None) -> str:
    """Return the graph that a filled form becomes, by its method, country and year.

    Raises UsageError for a file that is no table, InputError for one that cannot be read.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError("Name the graph with --graph IRI; only a filled form has a graph of its own.")
    return candidate.graph_of(path, encoding)


def send(path: Path, address: str, name: str, secret: str, encoding: str | None = None) -> Answer:
    """Put a file; a table in another encoding goes as UTF-8. Raises InputError, RemoteFailed, TimedOut, Refused."""
    media = next((media for media, ending in TYPES.items() if ending == path.suffix.lower()), None)
    if media is None:
        raise InputError(f"{path}: files of this kind are not put. Known endings: {', '.join(TYPES.values())}.")
    try:
        body = reading.decoded(path, encoding).encode() if encoding else path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    named = f"attachment; filename*=UTF-8''{quote(path.name)}"
    return _request("PUT", address, name, secret, body, {"Content-Type": media, "Content-Disposition": named})


def drop(address: str, name: str, secret: str) -> Answer:
    """Delete a graph. Raises UnknownName, RemoteFailed, TimedOut, Refused."""
    return _request("DELETE", address, name, secret, None, {})


def _request(method: str, address: str, name: str, secret: str, body: bytes | None, headers: dict[str, str]) -> Answer:
    import httpx

    said = {"Authorization": f"Bearer {secret}", "Accept": "application/json", **headers}
    try:
        answer = httpx.request(method, address, params={"graph": name}, content=body, headers=said, timeout=TIMEOUT)
    except httpx.TimeoutException:
        raise TimedOut(
            f"{address} did not answer within {TIMEOUT} seconds. Ask it whether the graph is there."
        ) from None
    except (httpx.HTTPError, UnicodeError) as error:
        raise RemoteFailed(f"{address} cannot be reached: {' '.join(str(error).split())[:200]}") from None
    try:
        told = answer.json() if answer.content else {}
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    detail = str(told.get("detail") or answer.reason_phrase)
    if answer.status_code == 422:
        return Answer(False, detail, findings=told.get("errors", []))
    if answer.is_success:
        done = "deleted" if method == "DELETE" else "created" if answer.status_code == 201 else "replaced"
        release = answer.headers.get("Migkg-Release", "")
        return Answer(True, done, release, told.get("findings", []))
    if answer.status_code in (401, 403, 405):
        raise Refused(f"{address} refuses: {detail}")
    if method == "DELETE" and answer.status_code == 404:
        raise UnknownName(name, hint="No such graph was put there.")
    if 400 <= answer.status_code < 500:
        raise InputError(f"{address} cannot take it: {detail}")
    raise RemoteFailed(f"{address} failed ({answer.status_code}): {detail}")
