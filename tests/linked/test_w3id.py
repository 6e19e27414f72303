"""The rules for the permanent addresses, read by a small interpreter of them: each leads to a server in one hop."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest

RULES = Path(__file__).parent.parent.parent / "docs" / "w3id" / ".htaccess"
SERVER = "https://migkg.example.org"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


def rules() -> list[tuple[re.Pattern[str], str, int]]:
    """Return the rewrite rules: what they match, where they lead, by which status; anything else is no rule we know."""
    made = []
    for line in RULES.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("Options", "RewriteEngine"):
            continue
        assert words[0] == "RewriteRule" and len(words) == 4, line
        flags = words[3].strip("[]").split(",")
        assert flags[-1] == "L" and len(flags) == 2, line
        made.append((re.compile(words[1]), words[2], int(flags[0].removeprefix("R="))))
    return made


def lead(path: str) -> tuple[int, str] | None:
    """Return where an address below /migkg/ leads, as Apache does: the first rule that fits; the query string stays."""
    below, _, query = path.partition("?")
    for pattern, target, status in rules():
        if found := pattern.search(unquote(below)):
            to = re.sub(r"\$(\d)", lambda m: found.group(int(m[1])) or "", target)
            return status, to + (f"?{query}" if query else "")
    return None


@pytest.mark.parametrize(
    ("path", "status", "target"),
    [
        ("", 303, "/"),
        ("id/river", 303, "/id/river"),
        ("id/river.ttl", 303, "/id/river.ttl"),
        ("def/Indicator", 303, "/def/Indicator"),
        ("def/", 303, "/def/"),
        ("code/force-treaty", 303, "/code/force-treaty"),
        ("shape/FrameworkPart", 303, "/shape/FrameworkPart"),
        ("graph/data/mechanisms/river", 303, "/graph/data/mechanisms/river"),
        ("ontology", 302, "/ontology"),
        ("ontology.ttl", 302, "/ontology.ttl"),
        ("ontology/0.1.0", 302, "/ontology/0.1.0"),
        ("ontology/0.1.0.jsonld", 302, "/ontology/0.1.0.jsonld"),
        ("catalog", 307, "/catalog"),
        (".well-known/void", 302, "/.well-known/void"),
        (".well-known/sparql-examples", 302, "/.well-known/sparql-examples"),
        ("context.jsonld", 307, "/context.jsonld"),
        ("sparql?query=ASK%20%7B%7D", 307, "/sparql?query=ASK%20%7B%7D"),
        ("graph?default", 307, "/graph?default"),
        ("downloads/migkg.sssom.tsv", 302, "/downloads/migkg.sssom.tsv"),
        ("linkset/river", 302, "/linkset/river"),
        ("releases", 307, "/releases"),
    ],
)
@pytest.mark.parametrize("accept", ["text/turtle, application/json;q=0.5, */*;q=0.1", BROWSER])
def test_each_permanent_address_leads_to_an_answer(
    here: httpx.Client, path: str, status: int, target: str, accept: str
) -> None:
    """One redirect to the server, and at most one more there; the ontology answers at once."""
    assert lead(path) == (status, SERVER + target)
    answer = here.get(target, headers={"Accept": accept})
    if answer.status_code == 303:
        assert not target.startswith("/ontology")
        answer = here.get(answer.headers["location"], headers={"Accept": accept})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["nonesuch", "ontology/../../x", "idriver", "sparql/x", "admin", "ontology/evil"])
def test_other_addresses_lead_nowhere(path: str) -> None:
    """No rule takes what it does not know."""
    assert lead(path) is None


def test_every_rule_leads_to_one_host() -> None:
    """The server stands in one place of each rule, to be replaced at once."""
    assert {urlsplit(target).netloc for _, target, _ in rules()} == {urlsplit(SERVER).netloc}
