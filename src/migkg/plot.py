"""A trace as a layered picture: where it starts on top, law below, each arrow named.

Colour shows the legal force and words repeat it, so that the picture works without colour.
"""

from __future__ import annotations

import textwrap
import xml.etree.ElementTree as ET
from itertools import pairwise

from migkg.hops import Hop
from migkg.trace import Trace

WIDTH, HEIGHT = 240, 88
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
    codes = {trace.start.id: str(trace.extra.get("code") or "")}
    for hop in hops:
        codes.setdefault(hop.to, hop.to_code)
        labels.setdefault(hop.to, hop.to_label)
        forces.setdefault(hop.to, hop.force if hop.legal else "none")
        if hop.date and hop.rank:
            dates.setdefault(hop.to, hop.date)
    places, routes, width, height = _layout([(hop.from_, hop.to) for hop in hops] or [(trace.start.id, trace.start.id)])
    used = sorted({f for f in forces.values() if f in STYLES}, key=list(STYLES).index)
    full = height + 22 * len(used) + MARGIN / 2
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width:.0f} {full:.0f}"})
    root.attrib |= {"width": f"{width:.0f}", "height": f"{full:.0f}", "role": "img", "aria-labelledby": "t d"}
    root.set("font-family", "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif")
    ends = len({path.hops[-1].to for path in trace.paths})
    _add(root, "title", f"Legal basis of {trace.start.label or trace.start.id}", id="t")
    _add(root, "desc", f"{len(trace.paths)} paths lead to {ends} texts.", id="d")
    marker = _add(_add(root, "defs"), "marker", id="tip", viewBox="0 0 10 10", refX=9, refY=5, orient="auto")
    marker.attrib |= {"markerWidth": "8", "markerHeight": "8"}
    _add(marker, "path", d="M0 0 10 5 0 10z", fill="#3f3f46")
    _add(root, "rect", width="100%", height="100%", fill="#ffffff")
    arrows = list({(hop.from_, hop.to): hop for hop in hops}.values())
    for hop in arrows:
        _arrow(root, hop, routes[hop.from_, hop.to])
    for hop in arrows:
        _arrow_name(root, hop, routes[hop.from_, hop.to])
    for name, (x, y) in places.items():
        _box(root, (name, codes[name] or name), labels[name], forces[name], dates.get(name), x, y, href)
    _legend(root, used, height)
    return ET.tostring(root, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: object) -> ET.Element:
    """Add an element; `_` in a name stands for `-`, floats are written with one decimal."""
    made = ET.SubElement(parent, tag)
    for key, value in attributes.items():
        made.set(key.replace("_", "-"), f"{value:.1f}" if isinstance(value, float) else str(value))
    made.text = text
    return made


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
    laid = from_edges(
        [(number[a], number[b]) for a, b in unique], vertex_spacing=UNIT, dummy_vertices=True, dummy_size=0.9
    )
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


def _ends(points: list[Point]) -> list[Point]:
    (x0, y0), *middle, (x1, y1) = points
    down = y1 >= y0
    half = HEIGHT / 2 if down else -HEIGHT / 2
    return [(x0, y0 + half), *middle, (x1, y1 - half)]


def _arrow(root: ET.Element, hop: Hop, points: list[Point]) -> None:
    line = _ends(points)
    path = f"M{line[0][0]:.1f} {line[0][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(line):
        bend = (by - ay) / 2
        path += f" C{ax:.1f} {ay + bend:.1f} {bx:.1f} {by - bend:.1f} {bx:.1f} {by:.1f}"
    drawn = _add(root, "path", d=path, fill="none", stroke="#71717a", stroke_width=1.6, marker_end="url(#tip)")
    if not hop.legal:
        drawn.set("stroke-dasharray", "5 4")


def _arrow_name(root: ET.Element, hop: Hop, points: list[Point]) -> None:
    (ax, ay), (bx, by) = _ends(points)[-2:]
    x, y = ax + (bx - ax) * 0.5, ay + (by - ay) * 0.5
    sure = hop.basis in ("sourced", "structure", "seed-stated")
    text = hop.relation_label + ("" if sure else f" ({hop.basis})")
    wide = 6.1 * len(text) + 10
    _add(root, "rect", x=x - wide / 2, y=y - 9, width=wide, height=18, rx=9, fill="#ffffff", fill_opacity=".92")
    style = {"font_size": 11.5, "font_style": "italic", "fill": "#3f3f46", "text_anchor": "middle"}
    _add(root, "text", text, x=x, y=y + 4, **style)


def _box(
    root: ET.Element,
    names: tuple[str, str],
    label: str,
    force: str,
    date: str | None,
    x: float,
    y: float,
    href: str,
) -> None:
    """Draw one box: label, then code and date, then in words how far the text binds. `names`: id and code."""
    name, code = names
    fill, border, words = STYLES.get(force, ("#18324a", "#18324a", ""))
    ink = "#ffffff" if force == "start" else "#18181b"
    lines = textwrap.wrap(label, 29)
    if len(lines) > 2:
        lines = [lines[0], textwrap.shorten(" ".join(lines[1:]), 29, placeholder=" …")]
    box = _add(root, "a", href=href + name) if href else _add(root, "g")
    _add(box, "title", f"{label}: {words}" if words else label)
    left, top = x - WIDTH / 2, y - HEIGHT / 2
    _add(box, "rect", x=left, y=top, width=WIDTH, height=HEIGHT, rx=8, fill=fill, stroke=border, stroke_width=1.5)
    first = top + (22 if len(lines) > 1 else 30)
    written = _add(box, "text", y=first, font_size=12.5, font_weight=600, fill=ink, text_anchor="middle")
    for index, line in enumerate(lines):
        _add(written, "tspan", line, x=x, dy=16 if index else 0)
    small = " · ".join(part for part in (code if len(code) < 34 else "", date or "") if part)
    style = {"font_size": 10.5, "fill": ink, "fill_opacity": ".8", "text_anchor": "middle"}
    _add(box, "text", small, x=x, y=y + HEIGHT / 2 - 24, **style)
    _add(box, "text", words, x=x, y=y + HEIGHT / 2 - 9, **style)


def _legend(root: ET.Element, forces: list[str], top: float) -> None:
    for index, force in enumerate(forces):
        fill, border, words = STYLES[force]
        y = top + 22 * index
        _add(root, "rect", x=MARGIN, y=y, width=18, height=14, rx=3, fill=fill, stroke=border)
        _add(root, "text", words, x=MARGIN + 26, y=y + 11.5, font_size=12, fill="#3f3f46")
