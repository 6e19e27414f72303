"""migkg, the knowledge graph of migration governance.

From Python, the functions behind the commands:

    import migkg
    store = migkg.open_store()          # the current release, built on first use
    found = migkg.trace(store, "10.7.2")
    found.to_dict(); found.rows(); found.graph(store)

These names are functions, also where a module has the same name: inside the project import from the
module (`from migkg.trace import trace`).
"""

from migkg._version import __version__ as __version__
from migkg.ask import ask
from migkg.build import open_store
from migkg.crosswalk import crosswalk
from migkg.export import export
from migkg.lookup import search as find
from migkg.score import compare_published, scores
from migkg.trace import trace
from migkg.validate import check, validate

__all__ = [
    "ask",
    "check",
    "compare_published",
    "crosswalk",
    "export",
    "find",
    "open_store",
    "scores",
    "trace",
    "validate",
]
