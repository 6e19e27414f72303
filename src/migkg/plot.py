"""A trace as a layered picture: where it starts on top, law below, each arrow named.

Colour shows the legal force and words repeat it, so that the picture works without colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape

from migkg.trace import Hop, Trace

WIDTH, HEIGHT = 240, 74
GAP_X, GAP_Y = 34, 86
MARGIN = 28
UNIT = 72.0

# Force: fill, border, words. Checked against WCAG AA for dark text.
STYLES = {
    "treaty": ("#cfe8d5", "#14532d", "binding on parties"),
    "decision": ("#dcecc4", "#3f6212", "decision binding an organisation"),
    "recommendation": ("#fdeec4", "#854d0e", "recommendation or endorsement"),
    "voluntary": ("#e4e9f7", "#3730a3", "voluntary"),
    "none": ("#f4f4f5", "#52525b", "structure or body"),
}


def svg(trace: Trace, *, href: str = "") -> str:
    """Return the trace as an SVG document. With `href` each box links to that prefix plus its id."""
    hops = trace.hops()
    labels = {trace.start.id: trace.start.label or trace.start.id}
    forces = {trace.start.id: "start"}
    dates: dict[str, str] = {}
    for hop in hops:
        labels.setdefault(hop.to, hop.to_label)
        forces.setdefault(hop.to, hop.force if hop.legal else "none")
        if hop.date and hop.rank:
            dates.setdefault(hop.to, hop.date)
    places, routes, width, height = _layout([(hop.from_, hop.to) for hop in hops] or [(trace.start.id, trace.start.id)])
    arrows = "".join(_arrow(hop, routes[hop.from_, hop.to]) for hop in _one_each(hops))
    names = "".join(_arrow_name(hop, routes[hop.from_, hop.to]) for hop in _one_each(hops))
    boxes = "".join(
        _box(name, labels[name], forces[name], dates.get(name), x, y, href) for name, (x, y) in places.items()
    )
    title = f"Legal basis of {trace.start.label or trace.start.id}"
    said = f"{len(trace.paths)} paths lead to {len({p.hops[-1].to for p in trace.paths})} texts."
    legend, legend_height = _legend(sorted({f for f in forces.values() if f in STYLES}, key=list(STYLES).index), height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height + legend_height:.0f}" '
        f'width="{width:.0f}" height="{height + legend_height:.0f}" role="img" aria-labelledby="t d" '
        'font-family="system-ui, \'Segoe UI\', \'Liberation Sans\', Arial, sans-serif">'
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(said)}</desc>'
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 10 5 0 10z" fill="#3f3f46"/></marker></defs>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{arrows}{names}{boxes}{legend}</svg>\n'
    )


Point = tuple[float, float]


def _layout(
    edges: list[tuple[str, str]],
) -> tuple[dict[str, Point], dict[tuple[str, str], list[Point]], float, float]:
    """Return the centre of each box, the points of each arrow, and the size of the whole."""
    from fast_sugiyama import from_edges

    unique = sorted({edge for edge in edges if edge[0] != edge[1]})
    if not unique:
        return {edges[0][0]: (MARGIN + WIDTH / 2, MARGIN + HEIGHT / 2)}, {}, WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    names = sorted({name for edge in unique for name in edge})
    number = {name: index for index, name in enumerate(names)}
    laid = from_edges([(number[a], number[b]) for a, b in unique], vertex_spacing=UNIT, dummy_vertices=True, dummy_size=0.9)
    spots: dict[int, Point] = {}
    links: dict[int, list[int]] = {}
    shift = 0.0
    for positions, wide, tall, steps in laid:
        spots.update({int(v): (x + shift, tall - y) for v, (x, y) in positions})
        for a, b in steps or []:
            links.setdefault(int(a), []).append(int(b))
        shift += wide + UNIT
    left = min(x for x, _ in spots.values())
    scale_x, scale_y = (WIDTH + GAP_X) / UNIT, (HEIGHT + GAP_Y) / UNIT

    def place(vertex: int) -> Point:
        x, y = spots[vertex]
        return MARGIN + WIDTH / 2 + (x - left) * scale_x, MARGIN + HEIGHT / 2 + y * scale_y

    real = set(range(len(names)))
    routes: dict[tuple[str, str], list[Point]] = {}
    for a in names:
        for first in links.get(number[a], []):
            way = [number[a], first]
            while way[-1] not in real:
                way.append(links[way[-1]][0])
            routes[a, names[way[-1]]] = [place(v) for v in way]
    for a, b in unique:  # an edge that the layout turned round to break a loop
        routes.setdefault((a, b), list(reversed(routes.get((b, a), [place(number[b]), place(number[a])]))))
    places = {name: place(number[name]) for name in names}
    width = max(x for x, _ in places.values()) + WIDTH / 2 + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT / 2 + MARGIN
    return places, routes, width, height


def _one_each(hops: Iterable[Hop]) -> list[Hop]:
    return list({(hop.from_, hop.to): hop for hop in hops}.values())


def _ends(points: list[Point]) -> list[Point]:
    (x0, y0), *middle, (x1, y1) = points
    down = y1 >= y0
    half = HEIGHT / 2 if down else -HEIGHT / 2
    return [(x0, y0 + half), *middle, (x1, y1 - half)]


def _arrow(hop: Hop, points: list[Point]) -> str:
    line = _ends(points)
    path = f"M{line[0][0]:.1f} {line[0][1]:.1f}"
    for (ax, ay), (bx, by) in zip(line, line[1:], strict=False):
        bend = (by - ay) / 2
        path += f" C{ax:.1f} {ay + bend:.1f} {bx:.1f} {by - bend:.1f} {bx:.1f} {by:.1f}"
    dash = "" if hop.legal else ' stroke-dasharray="5 4"'
    return f'<path d="{path}" fill="none" stroke="#71717a" stroke-width="1.6"{dash} marker-end="url(#tip)"/>'


def _arrow_name(hop: Hop, points: list[Point]) -> str:
    (ax, ay), (bx, by) = _ends(points)[-2:]
    x, y = ax + (bx - ax) * 0.5, ay + (by - ay) * 0.5
    text = hop.relation_label + ("" if hop.basis in ("sourced", "structure", "seed-stated") else f" ({hop.basis})")
    wide = 6.1 * len(text) + 10
    return (
        f'<rect x="{x - wide / 2:.1f}" y="{y - 9:.1f}" width="{wide:.1f}" height="18" rx="9" fill="#ffffff" fill-opacity=".92"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="11.5" font-style="italic" fill="#3f3f46" text-anchor="middle">{escape(text)}</text>'
    )


def _box(name: str, label: str, force: str, date: str | None, x: float, y: float, href: str) -> str:
    fill, border, words = STYLES.get(force, ("#18324a", "#18324a", ""))
    ink = "#ffffff" if force == "start" else "#18181b"
    lines = textwrap.wrap(label, 29)
    if len(lines) > 2:
        lines = [lines[0], textwrap.shorten(" ".join(lines[1:]), 29, placeholder=" …")]
    small = " · ".join(part for part in (name if len(name) < 34 else "", date or "") if part)
    shown = "".join(
        f'<tspan x="{x:.1f}" dy="{16 if i else 0}">{escape(line)}</tspan>' for i, line in enumerate(lines)
    )
    top = y - HEIGHT / 2 + (22 if len(lines) > 1 else 30)
    body = (
        f"<title>{escape(label)}{escape(f': {words}' if words else '')}</title>"
        f'<rect x="{x - WIDTH / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="8" fill="{fill}" '
        f'stroke="{border}" stroke-width="1.5"/>'
        f'<text x="{x:.1f}" y="{top:.1f}" font-size="12.5" font-weight="600" fill="{ink}" text-anchor="middle">{shown}</text>'
        f'<text x="{x:.1f}" y="{y + HEIGHT / 2 - 10:.1f}" font-size="10.5" fill="{ink}" fill-opacity=".8" text-anchor="middle">'
        f"{escape(small)}</text>"
    )
    return f'<a href="{escape(href + name, quote=True)}">{body}</a>' if href else f"<g>{body}</g>"


def _legend(forces: list[str], top: float) -> tuple[str, float]:
    shown = "".join(
        f'<rect x="{MARGIN}" y="{top + 22 * i:.1f}" width="18" height="14" rx="3" fill="{STYLES[f][0]}" stroke="{STYLES[f][1]}"/>'
        f'<text x="{MARGIN + 26}" y="{top + 22 * i + 11.5:.1f}" font-size="12" fill="#3f3f46">{escape(STYLES[f][2])}</text>'
        for i, f in enumerate(forces)
    )
    return shown, 22 * len(forces) + MARGIN / 2
