"""Requests to a server within bounds: time, size, redirects, attempts. Errors never show who asks with what password.

What only reads is tried again when the server was not reached, broke off or was busy; what writes is sent once. A
server that took long before it said that it is busy is not asked again: the same work would only come back.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from migkg.errors import LimitReached, RemoteFailed, TimedOut
from migkg.stores.remote.address import PASSWORD, Address, masked

MAX_BYTES = 200_000_000
ATTEMPTS = 4
LONGEST_WAIT = 10.0
REDIRECTS = 3
_QUICK = 5.0
_BUSY = (429, 502, 503, 504)
_MOVED = (301, 302, 303, 307, 308)
FIRST_WAIT = 0.2


@dataclass(frozen=True)
class Reply:
    """An answer that came whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Return whether the server did what it was asked."""
        return 200 <= self.status < 300

    def words(self) -> str:
        """Return the status and the first words of what was said, for a message."""
        kind = self.headers.get("content-type", "")
        said = "" if "html" in kind else " ".join(self.body[:2000].decode("utf-8", "replace").split())[:300]
        return f"{self.status} {httpx.codes.get_reason_phrase(self.status)}{': ' if said else ''}{said}"


class _Again(Exception):
    """A failure that may pass: `error` is raised when it does not, `wait` is what the server asks for."""

    def __init__(self, error: Exception, wait: float = 0.0) -> None:
        super().__init__(str(error))
        self.error, self.wait = error, wait


class _Login(httpx.Auth):
    """Name and password, sent only to a server that asks for them, in the way it asks for."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._way: httpx.BasicAuth | httpx.DigestAuth | None = None
        self.refused = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._way is not None:
            yield from self._way.auth_flow(request)
            return
        response = yield request
        if response.status_code != 401:
            return
        offered = " ".join(response.headers.get_list("www-authenticate")).lower()
        user, password = self._address.user, self._address.password
        if "digest" in offered:
            way = httpx.DigestAuth(user, password)
            flow = way.auth_flow(request)
            next(flow)
            answer = yield flow.send(response)
            with contextlib.suppress(StopIteration):
                flow.send(answer)
            self._way = way
        elif "basic" in offered and self._address.secure:
            self._way = httpx.BasicAuth(user, password)
            yield from self._way.auth_flow(request)
        elif "basic" in offered:
            self.refused = "the password would go there unencrypted: use https, or plain=yes if the way is safe"


class Wire:
    """The connection to one server; `timeout` bounds each whole exchange."""

    def __init__(self, address: Address) -> None:
        self.name = masked(address.url)
        self._host = urlsplit(address.url)[:2]
        self.timeout = address.timeout
        self._address = address
        self._login = _Login(address) if address.user and address.password else None
        self._client: httpx.Client | None = None

    def read(self, method: str, url: str, **more: Any) -> Reply:
        """Send a request that changes nothing, again and again for a while when the server is busy or not there.

        Raises RemoteFailed, TimedOut, LimitReached.
        """
        tries = Retrying(
            retry=retry_if_exception_type(_Again), stop=stop_after_attempt(ATTEMPTS), wait=_pause, reraise=True
        )
        try:
            return tries(self._read_once, method, url, more)
        except _Again as failed:
            raise failed.error from None

    def write(self, method: str, url: str, **more: Any) -> Reply:
        """Send a request that changes something, once. Raises RemoteFailed, TimedOut, LimitReached."""
        try:
            return self._send(method, url, more, follow=False)
        except _Again as failed:
            raise failed.error from None

    def head(self, url: str) -> Reply:
        """Return what a bare GET gives, of its body the first 100 kB. Raises RemoteFailed, TimedOut."""
        return self.read("GET", url, headers={"Accept": "text/turtle, */*;q=0.1"}, first=100_000)

    def _read_once(self, method: str, url: str, more: Mapping[str, Any]) -> Reply:
        start = time.monotonic()
        reply = self._send(method, url, more, follow=True)
        if reply.status in _BUSY and time.monotonic() - start < _QUICK:
            raise _Again(RemoteFailed(f"{self.name} cannot be asked: {reply.words()}"), _wished(reply))
        return reply

    def _send(self, method: str, url: str, more: Mapping[str, Any], *, follow: bool) -> Reply:
        asked = {key: value for key, value in more.items() if key != "first"}
        for _ in range(REDIRECTS + 1):
            reply = self._exchange(method, url, asked, more.get("first"))
            place = reply.headers.get("location", "")
            if reply.status not in _MOVED or not place:
                return self._checked(reply)
            url = urljoin(url, place)
            if urlsplit(url)[:2] != self._host and urlsplit(url)[:2] != ("https", self._host[1]):
                raise RemoteFailed(f"{self.name} sent us on to another host, {masked(url)}; name that host instead.")
            if not follow:
                raise RemoteFailed(f"{self.name} sent us on to {masked(url)}; name that address instead.")
            asked = {key: value for key, value in asked.items() if key != "params"}
        raise RemoteFailed(f"{self.name} sent us on more than {REDIRECTS} times.")

    def _checked(self, reply: Reply) -> Reply:
        if reply.status != 401:
            return reply
        if self._login is None:
            why = f"Say user@ in the address, and the password in {PASSWORD} or a netrc file"
        else:
            why = self._login.refused or f"The password of {self._address.user} was not accepted"
        raise RemoteFailed(f"{self.name} asks who we are (401). {why[0].upper()}{why[1:]}.")

    def _exchange(self, method: str, url: str, asked: Mapping[str, Any], first: int | None) -> Reply:
        end = time.monotonic() + self.timeout
        late = TimedOut(f"{self.name} did not answer within {self.timeout:g} seconds.")
        if self._client is None:
            self._client = httpx.Client(follow_redirects=False, auth=self._login)
        try:
            with self._client.stream(method, url, timeout=min(self.timeout, 600), **asked) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if time.monotonic() > end:
                        raise late
                    if first is not None and len(body) >= first:
                        break
                    if len(body) > MAX_BYTES:
                        raise LimitReached(f"{self.name} sent more than {MAX_BYTES // 1_000_000} MB. Ask for less.")
                return Reply(answer.status_code, answer.headers, bytes(body[:first]))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise _Again(RemoteFailed(f"{self.name} cannot be asked: {_words(error)}")) from None
        except httpx.TimeoutException:
            raise late from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise RemoteFailed(f"{self.name} cannot be asked: {_words(error)}") from None


def _pause(state: RetryCallState) -> float:
    """Return how long to wait: what the server wishes, else twice as long as the last time."""
    failed = state.outcome.exception() if state.outcome else None
    wished = failed.wait if isinstance(failed, _Again) else 0.0
    return min(LONGEST_WAIT, wished or FIRST_WAIT * 2 ** (state.attempt_number - 1))


def _wished(reply: Reply) -> float:
    said = reply.headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
