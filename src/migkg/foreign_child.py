"""The process that applies shapes from outside: JSON in, the report as N-Triples in JSON out, then it ends.

Run as `python -m migkg.foreign_child`; `foreign.py` gives it its input and kills it at the deadline.
"""

from __future__ import annotations

import json
import resource
import sys


def main() -> None:
    """Read shapes and data from standard input, and write the report, or why there is none."""
    asked = json.load(sys.stdin)
    limit = int(asked["memory_mb"]) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pyshacl
    import rdflib

    def graph(text: str) -> rdflib.Graph:
        return rdflib.Graph().parse(data=text, format="nt")

    try:
        _, report, _ = pyshacl.validate(
            graph(asked["data"]),
            shacl_graph=graph(asked["shapes"]),
            meta_shacl=True,
            advanced=False,
            js=False,
            do_owl_imports=False,
        )
    except MemoryError:
        sys.exit(1)
    except Exception as error:  # whatever a shape makes the library raise is said, not shown as a trace
        print(json.dumps({"error": " ".join(str(error).split())[:300] or type(error).__name__}))
        return
    if not isinstance(report, rdflib.Graph):
        print(json.dumps({"error": " ".join(str(report).split())[:300]}))
        return
    print(json.dumps({"report": report.serialize(format="nt")}))


if __name__ == "__main__":
    main()
