"""Pages from templates, and answers with the headers that let clients keep them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from migkg.server import words, world
from migkg.server.negotiate import HTML
from migkg.stores.guard import bare

Links = dict[str, str]

# Pictures up to this width shrink to the width of the page; wider ones are scrolled.
FITTING = 1500
# A path of this server in an attribute of our own; text of others has no quotation marks left.
_PATH = re.compile(r'((?:\s|:)(?:href|src|action)=")/(?!/)')


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(world.HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["web"] = web
    made.filters["ticks"] = ticks
    made.filters["number"] = lambda n: f"{int(n):,}".replace(",", "\u202f")
    made.filters["figure"] = figure
    made.filters["amount"] = lambda n: (f"{n:,g}" if n % 1 else f"{int(n):,}").replace(",", "\u202f")
    made.filters["query"] = lambda values: urlencode(values)
    made.filters["segment"] = lambda text: quote(str(text), safe="-_.~")
    made.globals["forces"] = words.FORCES
    made.globals["bases"] = words.BASES
    return made


def web(address: str | None) -> str | None:
    """Return an address only when it is one of the web or a path of this server; nothing else becomes a link."""
    if address and address.startswith(("http://", "https://")):
        return address
    return address if address and address.startswith("/") and not address.startswith("//") else None


def ticks(text: str) -> Markup:
    """Return escaped text in which `words between backticks` are code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def figure(text: str | float | None, digits: int = 1) -> str:
    """Write a number with so many decimals; other text stays as it is, nothing becomes a dash."""
    if text is None or text == "":
        return "–"
    try:
        return f"{float(text):.{digits}f}"
    except ValueError:
        return str(text)


def html(request: Request, template: str, **values: Any) -> str:
    """Return one page as text."""
    here = world.of(request)
    made = (
        environment()
        .get_template(template)
        .render(
            release=here.release,
            settings=here.settings,
            path=request.url.path,
            version=world.program(),
            **values,
        )
    )
    prefix = here.settings.prefix
    return _PATH.sub(rf"\1{prefix}/", made) if prefix else made


def page(
    request: Request, template: str, *, links: Links | None = None, status: int = 200, also: str = "", **values: Any
) -> Response:
    """Return a page with its ETag, or 304 when the browser has it. `links` are Link headers, address by relation."""
    return kept(request, HTML, lambda: html(request, template, **values), links=links, status=status, also=also)


def kept(
    request: Request,
    media: str,
    make: Callable[[], str | bytes],
    *,
    links: Links | None = None,
    headers: dict[str, str] | None = None,
    status: int = 200,
    also: str = "",
    tag: str | None = None,
) -> Response:
    """Return what `make` gives with an ETag over release, address and form, or 304 without making it.

    `also` is what else the answer depends on, such as the body of a POST; `tag` is an ETag that knows better.
    """
    here = world.of(request)
    tag = tag or here.etag(request.url.path, request.url.query, media, also)
    sent = {"ETag": tag, "Cache-Control": "no-cache", **(headers or {})}
    if links:
        sent["Link"] = header(links)
    if status == 200 and unchanged(request, tag):
        return Response(None, 304, sent)
    body = make()
    if status == 200 and request.headers.get("if-none-match", "").strip() == "*":  # only now is it sure to be there
        return Response(None, 304, sent)
    return Response(body, status, sent, media_type=media)


def header(links: Links) -> str:
    """Return the value of a Link header."""
    return ", ".join(f'<{_ascii(a)}>; rel="{relation}"' for a, relation in links.items())


def _ascii(address: str) -> str:
    return quote(address, safe="/:#?&=%~-_.+,;@!$'()*")


def unchanged(request: Request, tag: str) -> bool:
    """Return whether the client says that it holds this very answer."""
    said = request.headers.get("if-none-match", "")
    return any(part.strip().removeprefix("W/") == tag for part in said.split(","))


def svg(text: str) -> Markup:
    """Return a picture that our own code drew (and escaped) as markup; a narrow one may shrink to fit the page."""
    wide = re.search(r'<svg [^>]*\bwidth="(\d+)"', text)
    fits = wide is not None and int(wide.group(1)) <= FITTING
    return Markup(text.replace("<svg ", '<svg class="fits" ', 1) if fits else text)


def outline(text: str) -> str:
    """Return a query without its header comments, for showing and for editing."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#+")).strip() + "\n"


def form_of(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE, as far as a glance at the text tells; else nothing."""
    found = re.search(r"(?<![\w?$:-])(SELECT|ASK|CONSTRUCT|DESCRIBE)(?![\w:-])", bare(query), re.I)
    return found.group(1).upper() if found else ""
