"""Any SPARQL server as a store: queries by the protocol, graphs by the Graph Store Protocol.

`address` reads what was typed, `layouts` knows where each make of server answers, `wire` carries requests within
bounds, `values` says which statements are the same although servers write them in another way, `store` is the `Store`.
Whatever is odd about a server is known here and nowhere else.
"""

from __future__ import annotations

from migkg.stores.remote.address import DEFAULT, SERVER, masked
from migkg.stores.remote.layouts import MERGED, PUSHED
from migkg.stores.remote.store import RemoteStore
from migkg.stores.remote.values import checksum, same

__all__ = ["DEFAULT", "MERGED", "PUSHED", "SERVER", "RemoteStore", "checksum", "masked", "same"]
