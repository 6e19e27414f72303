"""One writable server over the tiny base, with three graphs of documents beside it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from migkg.build import build
from tests import bases
from tests.protocol.graphs import DOCUMENT, GRAPHS, SHARED
from tests.writing import Client, writable

Raw = Callable[[bytes], bytes]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a release of the tiny base."""
    home = tmp_path_factory.mktemp("protocol")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIGKG_HOME", str(home))
        build(bases.small_top())
    return home


@pytest.fixture(scope="session")
def web(home: Path) -> Iterator[Client]:
    """A client of a server that holds each of `GRAPHS`: one document named after its graph, and one that all have."""
    with writable(home, '{"seconds": 3, "rows": 2000, "memory_mb": 700}') as client:
        for graph in GRAPHS:
            made = client.put(graph, f"<{graph}> a <{DOCUMENT}> . <{SHARED}> a <{DOCUMENT}> .")
            assert made.status_code == 201, made.text
        yield client


@pytest.fixture(scope="session")
def raw(web: Client) -> Raw:
    """Send bytes as they are, and give what comes back."""
    place = urlsplit(str(web.base_url))

    def send(data: bytes) -> bytes:
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as line:
            line.sendall(data)
            parts = []
            while part := line.recv(65536):
                parts.append(part)
        return b"".join(parts)

    return send
