"""A report of findings in the forms that people and tools read: rows, Markdown, HTML, SHACL in Turtle, SARIF.

Where there are many findings a report shows the first of them and says how many there are.
"""

from __future__ import annotations

import html as markup
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from migkg._version import __version__
from migkg.findings import SEVERITIES, SEVERITY, SH, Finding, Report
from migkg.tables import markdown, table
from migkg.terms import GRAPH, PREFIXES, expand
from migkg.texts import say

COLUMNS = (
    "file", "sheet", "cell", "line", "column", "severity", "check", "focus", "path", "value", "message", "fix",
)  # fmt: skip
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;"
    "border-bottom:1px solid #ccc}td{overflow-wrap:anywhere}.error{color:#a40000}.warning{color:#7a5200}"
    "code{background:#f3f3f3}@media print{body{margin:0;max-width:none}}"
)


def verdict(report: Report, shown: int | None = None) -> str:
    """Return in one line what was read and found, and how many findings are not shown, in the language of the file."""
    counts, language = report.counts, report.language
    rows = f"{_counted(report.rows, 'row', language)}, " if report.rows else ""
    said = say("report.conforms", language) if report.conforms else _counted(counts["error"], "error", language)
    more = [_counted(counts[s], s, language) for s in SEVERITIES[1:] if counts[s]]
    cut = ""
    if shown is not None and shown < len(report.findings):
        cut = " " + say("report.cut", language, shown=f"{shown:,}", all=f"{len(report.findings):,}")
    files = ", ".join(report.files)
    return f"{files}: {rows}{_counted(report.things, 'thing', language)}: {', '.join([said, *more])}.{cut}"


def rows(report: Report, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the findings as rows for people, with headings in the language of the file; columns never stay empty."""
    found = [
        {
            "file": f.file,
            "place": _place(f, report.language),
            "severity": say(f"report.{f.severity}", report.language),
            "value": f.value,
            "message": f.message,
            "fix": f.fix,
        }
        for f in report.findings[:limit]
    ]
    used = [c for c in (found[0] if found else ()) if any(row[c] for row in found)]
    heads = {c: say(f"report.{c}", report.language) for c in used if c != "file" or len(report.files) > 1}
    return [{head: row[c] for c, head in heads.items()} for row in found]


def _place(finding: Finding, language: str) -> str:
    """Return where a finding stands; a sheet and cell need no words."""
    if language == "en" or finding.sheet or finding.line is None:
        return finding.place
    said = say("report.at-line", language, line=finding.line)
    return f"{said}, {say('report.at-column', language, column=finding.column)}" if finding.column else said


def csv(report: Report, limit: int | None = None) -> str:
    """Return the findings as CSV, with a header also where nothing was found."""
    return table([{c: f.to_dict()[c] for c in COLUMNS} for f in report.findings[:limit]], COLUMNS)


def as_dict(report: Report, limit: int | None = None) -> dict[str, Any]:
    """Return the report as plain values; `shown` says how many findings stand in it, `total` how many there are."""
    said = report.to_dict()
    said["findings"] = said["findings"][:limit]
    return {**said, "total": len(report.findings), "shown": len(said["findings"])}


def md(report: Report, limit: int | None = None) -> str:
    """Return the report as Markdown."""
    shown = rows(report, limit)
    text = f"# {say('report.findings', report.language)}\n\n{verdict(report, len(shown))}\n"
    return text + ("\n" + markdown(shown) if shown else "")


def html(report: Report, limit: int | None = None) -> str:
    """Return the report as a page of its own, to print or to send; everything in it is escaped."""
    shown = rows(report, limit)
    columns = list(shown[0]) if shown else []
    head = "".join(f"<th scope=col>{markup.escape(c)}</th>" for c in columns)
    body = "".join(
        f'<tr class="{finding.severity}">'
        + "".join(f"<td>{markup.escape(str(row[c]))}</td>" for c in columns)
        + "</tr>\n"
        for row, finding in zip(shown, report.findings, strict=False)
    )
    drawn = f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>" if shown else ""
    title = markup.escape(say("report.findings", report.language))
    return (
        f'<!doctype html>\n<html lang="{report.language}"><head><meta charset="utf-8"><title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        f"<p>{markup.escape(verdict(report, len(shown)))}</p>\n{drawn}\n</body></html>\n"
    )


def turtle(report: Report, _limit: int | None = None) -> bytes:
    """Return a standard `sh:ValidationReport`, always whole; findings of checks are results like those of shapes."""
    lines = [f"@prefix sh: <{SH}> .", f"@prefix mgs: <{PREFIXES['mgs']}> .", f"@prefix mgd: <{PREFIXES['mgd']}> .", ""]
    lines.append(f"[] a sh:ValidationReport ; sh:conforms {str(not report.findings).lower()}")
    lines += ["  ; sh:result [ " + " ; ".join(_result(finding)) + " ]" for finding in report.findings]
    return ("\n".join(lines) + " .\n").encode()


def sarif(report: Report, limit: int | None = None) -> str:
    """Return the report as SARIF 2.1.0, which editors and code hosts read."""
    shown = report.findings[:limit]
    checks = sorted({f.check for f in report.findings})
    numbers = {check: number for number, check in enumerate(checks)}
    driver = {
        "name": "migkg",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": "https://w3id.org/migkg/",
        "rules": [{"id": check} for check in checks],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(name)}} for name in report.files],
        "results": [_sarif_result(f, numbers, report.files) for f in shown],
        "properties": {"total": len(report.findings), "shown": len(shown), "conforms": report.conforms},
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _result(finding: Finding) -> list[str]:
    """Return one result of a SHACL report, as statements in Turtle."""
    kind = next(iri for iri, name in SEVERITY.items() if name == finding.severity)
    component = "SPARQLConstraintComponent" if finding.check.islower() else "NodeConstraintComponent"
    focus = expand(finding.focus) or (GRAPH if "/" in finding.focus else PREFIXES["mgd"]) + (finding.focus or "file")
    said = [
        "a sh:ValidationResult",
        f"sh:focusNode {_iri(focus)}",
        f"sh:resultSeverity <{kind}>",
        f"sh:sourceShape {ox.NamedNode(PREFIXES['mgs'] + finding.check)}",
        f"sh:sourceConstraintComponent sh:{component}",
        f"sh:resultMessage {ox.Literal(_words(finding))}",
    ]
    if path := expand(finding.path):
        said.append(f"sh:resultPath {ox.NamedNode(path)}")
    if finding.value:
        said.append(f"sh:value {ox.Literal(finding.value)}")
    return said


def _sarif_result(finding: Finding, numbers: dict[str, int], files: list[str]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file or files[0])}}
    if finding.file in files:
        physical["artifactLocation"]["index"] = files.index(finding.file)
    if finding.line and not finding.sheet:
        physical["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.sheet or finding.column:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.place, "name": finding.cell or finding.column}]
    text = _words(finding) + (f" {finding.fix}" if finding.fix else "")
    return {
        "ruleId": finding.check,
        "ruleIndex": numbers[finding.check],
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [location],
        "properties": {k: v for k, v in (("value", finding.value), ("focus", finding.focus)) if v},
    }


def _words(finding: Finding) -> str:
    """Return the message with its place, since these formats have no room of their own for a cell."""
    return f"{finding.place}: {finding.message}" if finding.sheet else finding.message


def _iri(text: str) -> ox.NamedNode:
    """Return a name as an IRI; what cannot stand in one is percent-encoded."""
    from urllib.parse import quote

    try:
        return ox.NamedNode(text)
    except ValueError:
        return ox.NamedNode(quote(text, safe=":/#?&=%"))


def _uri(name: str) -> str:
    from urllib.parse import quote

    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _counted(number: int, noun: str, language: str) -> str:
    return say(f"report.{noun}-{'one' if number == 1 else 'many'}", language, count=f"{number:,}")
