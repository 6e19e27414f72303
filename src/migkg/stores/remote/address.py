"""The address of a server as people type it, and the password, which is never part of it.

    sparql+https://user@host/path?query=…&update=…&graphs=…&merged=…&timeout=…&plain=yes

`query`, `update` and `graphs` are addresses on the same host (`/ds/update`), for servers whose layout is not known.
`merged` says where each statement stands once: `server` (it merges its graphs itself), `default` (we put the merge into
its default graph), or the IRI of a graph. `plain=yes` lets a password go unencrypted to another machine.
"""

from __future__ import annotations

import math
import netrc
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit, urlunsplit

from migkg.errors import InputError, UsageError

PASSWORD = "MIGKG_STORE_PASSWORD"
TIMEOUT = 60.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SERVER, DEFAULT = "server", "default"
_PARAMETERS = ("query", "update", "graphs", "merged", "timeout", "plain")


@dataclass(frozen=True)
class Address:
    """Where a server is, what was said about it, and who asks; `url` has neither user nor parameters."""

    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    query: str = ""
    update: str = ""
    graphs: str = ""
    merged: str = ""
    timeout: float = TIMEOUT
    plain: bool = False

    @property
    def secure(self) -> bool:
        """Return whether nobody on the way can read what is sent."""
        parts = urlsplit(self.url)
        return self.plain or parts.scheme == "https" or parts.hostname in LOOPBACK


def masked(address: str) -> str:
    """Return an address without user name, password and parameters, to show to people."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.split("//", 1)[0] + "//…"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def read(text: str) -> Address:
    """Read an address. Raises UsageError, or InputError for a netrc file that cannot be read."""
    shown = masked(text)
    try:
        parts = urlsplit(text.removeprefix("sparql+"))
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"“{shown}” is not an address of a server, such as sparql+https://user@host/sparql.")
    if parts.password is not None:
        raise UsageError(
            f"The address of {host} has a password in it, which others on this machine can read. Put it into the "
            f"environment variable {PASSWORD} or into a netrc file, and leave only user@ in the address."
        )
    url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))
    said = _parameters(parts.query)
    others = {name: _beside(url, said.get(name, ""), name) for name in ("query", "update", "graphs")}
    user, password = _login(unquote(parts.username or ""), host)
    return Address(
        url,
        user,
        password,
        merged=said.get("merged", ""),
        timeout=_seconds(said.get("timeout")),
        plain=said.get("plain", "") in ("yes", "1", "true"),
        **others,
    )


def _parameters(text: str) -> dict[str, str]:
    said = dict(parse_qsl(text, keep_blank_values=True))
    if "default-graph-uri" in said:  # as the protocol calls it
        said.setdefault("merged", said.pop("default-graph-uri"))
    if strange := sorted(set(said) - set(_PARAMETERS)):
        raise UsageError(
            f"The address has the parameter “{strange[0]}”, which is not known. Known: {', '.join(_PARAMETERS)}."
        )
    merged = said.get("merged", "")
    if merged and merged not in (SERVER, DEFAULT) and ":" not in merged:
        raise UsageError(f"merged={merged}: say {SERVER}, {DEFAULT} or the IRI of a graph.")
    return said


def _beside(url: str, other: str, name: str) -> str:
    """Return the full address that a parameter gives, which must be on the same host: a password goes there too."""
    if not other:
        return ""
    full = urljoin(url, other)
    if urlsplit(full)[:2] != urlsplit(url)[:2]:
        raise UsageError(f"{name}={masked(other)}: this must be an address on {urlsplit(url).netloc}, such as /update.")
    return full


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text) if text else TIMEOUT
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 86_400:
        raise UsageError(f"timeout={text}: say a number of seconds, at most 86400.")
    return seconds


def _login(user: str, host: str) -> tuple[str, str]:
    """Return user and password: the environment first, then the netrc file, which may also name the user."""
    password = os.environ.get(PASSWORD, "")
    if user and password:
        return user, password
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if not path.is_file():
        return user, password
    try:
        found = netrc.netrc(str(path)).authenticators(host)
    except (netrc.NetrcParseError, OSError, UnicodeError) as error:
        reason = getattr(error, "msg", None) or getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"{path} cannot be read: {reason}.") from None
    if found is None or (user and found[0] != user):
        return user, password
    return found[0], password or found[2] or ""
