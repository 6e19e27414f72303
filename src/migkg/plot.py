"""A trace as a layered picture: where it starts on top, law below, each arrow named; and a plain chart of kinds.

Colour shows the legal force and words repeat it, so that the picture works without colour. A chart has no colour.
"""

from __future__ import annotations

import textwrap
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from migkg.hops import Hop
from migkg.trace import Trace

WIDTH, HEIGHT = 240, 88
NARROW = 176
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


@dataclass(frozen=True)
class Box:
    """One box of a chart: its key, what stands in it, smaller words below, and where it leads."""

    key: str
    label: str
    small: str = ""
    href: str = ""


def chart(title: str, boxes: list[Box], arrows: list[tuple[str, str, str]]) -> str:
    """Return boxes and named arrows (from, to, words) as an SVG document, readable in black and white."""
    places, routes, width, height = _layout([(a, b) for a, b, _ in arrows], NARROW)
    root = _paper(title, f"{len(boxes)} boxes and {len(arrows)} arrows; the list beside the picture says the same.")
    root.attrib |= {"viewBox": f"0 0 {width:.0f} {height:.0f}", "width": f"{width:.0f}", "height": f"{height:.0f}"}
    drawn: list[tuple[str, list[Point]]] = []
    for a, b, words in arrows:
        beside = 44 if (b, a) in routes and a > b else 0  # two arrows between the same boxes lie side by side
        drawn.append((words, [(x + beside, y + beside / 4) for x, y in routes[a, b]]))
    for _, points in drawn:
        _line(root, points)
    for words, points in drawn:
        _tag(root, words, points)
    for one in boxes:
        if one.key in places:
            x, y = places[one.key]
            box = _add(root, "a", href=one.href) if one.href else _add(root, "g")
            look: dict[str, Any] = {"rx": 8, "fill": "#ffffff", "stroke": "#18181b", "stroke_width": 1.5}
            _add(box, "rect", x=x - NARROW / 2, y=y - HEIGHT / 2, width=NARROW, height=HEIGHT, **look)
            style: dict[str, Any] = {"fill": "#18181b", "text_anchor": "middle"}
            _add(box, "text", one.label, x=x, y=y - 2, font_size=15, font_weight=600, **style)
            _add(box, "text", one.small, x=x, y=y + 20, font_size=11.5, **style)
    return ET.tostring(root, encoding="unicode") + "\n"


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
    ends = len({path.hops[-1].to for path in trace.paths})
    root = _paper(
        f"Legal basis of {trace.start.label or trace.start.id}", f"{len(trace.paths)} paths lead to {ends} texts."
    )
    root.attrib |= {"viewBox": f"0 0 {width:.0f} {full:.0f}", "width": f"{width:.0f}", "height": f"{full:.0f}"}
    arrows = list({(hop.from_, hop.to): hop for hop in hops}.values())
    for hop in arrows:
        _arrow(root, hop, routes[hop.from_, hop.to])
    for hop in arrows:
        _arrow_name(root, hop, routes[hop.from_, hop.to])
    for name, (x, y) in places.items():
        _box(root, (name, codes[name] or name), labels[name], forces[name], dates.get(name), x, y, href)
    _legend(root, used, height)
    return ET.tostring(root, encoding="unicode") + "\n"


def _paper(title: str, about: str) -> ET.Element:
    """Return an empty picture with its title and the head of an arrow."""
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-labelledby": "t d"})
    root.set("font-family", "system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif")
    _add(root, "title", title, id="t")
    _add(root, "desc", about, id="d")
    marker = _add(_add(root, "defs"), "marker", id="tip", viewBox="0 0 10 10", refX=9, refY=5, orient="auto")
    marker.attrib |= {"markerWidth": "8", "markerHeight": "8"}
    _add(marker, "path", d="M0 0 10 5 0 10z", fill="#3f3f46")
    _add(root, "rect", width="100%", height="100%", fill="#ffffff")
    return root


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: object) -> ET.Element:
    """Add an element; `_` in a name stands for `-`, floats are written with one decimal."""
    made = ET.SubElement(parent, tag)
    for key, value in attributes.items():
        made.set(key.replace("_", "-"), f"{value:.1f}" if isinstance(value, float) else str(value))
    made.text = text
    return made


Point = tuple[float, float]


def _layout(
    edges: list[tuple[str, str]], wide: float = WIDTH
) -> tuple[dict[str, Point], dict[tuple[str, str], list[Point]], float, float]:
    """Return the centre of each box, the points of each arrow, and the size of the whole."""
    from fast_sugiyama import from_edges

    unique = sorted({edge for edge in edges if edge[0] != edge[1]})
    if not unique:
        return {edges[0][0]: (MARGIN + wide / 2, MARGIN + HEIGHT / 2)}, {}, wide + 2 * MARGIN, HEIGHT + 2 * MARGIN
    names = sorted({name for edge in unique for name in edge})
    number = {name: index for index, name in enumerate(names)}
    laid = from_edges(
        [(number[a], number[b]) for a, b in _downward(unique)], vertex_spacing=UNIT, dummy_vertices=True, dummy_size=0.9
    )
    spots: dict[int, Point] = {}
    links: dict[int, list[int]] = {}
    shift = 0.0
    for positions, broad, tall, steps in laid:
        spots.update({int(v): (x + shift, tall - y) for v, (x, y) in positions})
        for a, b in steps or []:
            links.setdefault(int(a), []).append(int(b))
        shift += broad + UNIT
    left = min(x for x, _ in spots.values())
    scale_x, scale_y = (wide + GAP_X) / UNIT, (HEIGHT + GAP_Y) / UNIT

    def place(vertex: int) -> Point:
        x, y = spots[vertex]
        return MARGIN + wide / 2 + (x - left) * scale_x, MARGIN + HEIGHT / 2 + y * scale_y

    real = set(range(len(names)))
    routes: dict[tuple[str, str], list[Point]] = {}
    for a in names:
        for first in links.get(number[a], []):
            way = [number[a], first]
            while way[-1] not in real:
                way.append(links[way[-1]][0])
            routes[a, names[way[-1]]] = [place(v) for v in way]
    for a, b in unique:  # an edge that was turned round to break a loop
        routes.setdefault((a, b), list(reversed(routes.get((b, a), [place(number[b]), place(number[a])]))))
    places = {name: place(number[name]) for name in names}
    bends = [x for points in routes.values() for x, _ in points[1:-1]]
    width = max([*(x + wide / 2 for x, _ in places.values()), *bends]) + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT / 2 + MARGIN
    return places, routes, width, height


def _downward(edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the edges with those turned round that would close a loop: on a loop the layout never ends."""
    below: dict[str, set[str]] = {}
    made: dict[tuple[str, str], None] = {}
    for a, b in edges:
        seen, todo = {b}, [b]
        while todo:
            new = below.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        a, b = (b, a) if a in seen else (a, b)
        below.setdefault(a, set()).add(b)
        made[a, b] = None
    return list(made)


def _ends(points: list[Point]) -> list[Point]:
    (x0, y0), *middle, (x1, y1) = points
    down = y1 >= y0
    half = HEIGHT / 2 if down else -HEIGHT / 2
    return [(x0, y0 + half), *middle, (x1, y1 - half)]


def _arrow(root: ET.Element, hop: Hop, points: list[Point]) -> None:
    drawn = _line(root, points)
    if not hop.legal:
        drawn.set("stroke-dasharray", "5 4")


def _line(root: ET.Element, points: list[Point]) -> ET.Element:
    """Draw an arrow through its points."""
    line = _ends(points)
    path = f"M{line[0][0]:.1f} {line[0][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(line):
        bend = (by - ay) / 2
        path += f" C{ax:.1f} {ay + bend:.1f} {bx:.1f} {by - bend:.1f} {bx:.1f} {by:.1f}"
    return _add(root, "path", d=path, fill="none", stroke="#71717a", stroke_width=1.6, marker_end="url(#tip)")


def _arrow_name(root: ET.Element, hop: Hop, points: list[Point]) -> None:
    sure = hop.basis in ("sourced", "structure", "seed-stated")
    _tag(root, hop.relation_label + ("" if sure else f" ({hop.basis})"), points)


def _tag(root: ET.Element, text: str, points: list[Point]) -> None:
    """Write the name of an arrow on it."""
    (ax, ay), (bx, by) = _ends(points)[-2:]
    x, y = ax + (bx - ax) * 0.5, ay + (by - ay) * 0.5
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
