"""SDMX-ML by the library sdmx1: each observation becomes a row, with the dimensions and attributes as its columns."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path

from migkg.errors import InputError, ResourceMissing
from migkg.intake.files import Raw, Rows, checksum

MAX_BYTES = 200_000_000
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def is_sdmx(path: Path) -> bool:
    """Return whether a file looks like SDMX-ML: XML that names the schemas of SDMX near its start."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
    except OSError:
        return False
    return start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<") and b"sdmx.org/resources/sdmxml" in start


def table(path: Path) -> Raw:
    """Read a data message. Raises InputError when it is none, ResourceMissing without the library.

    The library reads the message whole, so memory grows with the file; SDMX-CSV is read row by row.
    """
    size, digest = checksum(path)
    if size > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB. Download it as SDMX-CSV.")
    if _DOCTYPE.search(path.read_bytes()):
        raise InputError(
            f"{path} declares a document type or entities, which data messages do not need. It is not read."
        )
    try:
        import sdmx
    except ImportError:
        raise ResourceMissing(
            f"{path} is SDMX-ML, and the library that reads it is not here: pip install 'migkg[sdmx]' "
            "(in a copy of the project: pip install sdmx1). "
            "Or download the data as SDMX-CSV."
        ) from None
    try:
        logging.getLogger("sdmx").setLevel(logging.ERROR)  # it says that it was given no structure; none is needed
        message = sdmx.read_sdmx(path)
        found = [
            {**{k: str(v.value) for k, v in one.key.values.items()},
             **{k: str(v.value) for k, v in one.attrib.items()},
             "OBS_VALUE": "" if one.value is None else str(one.value)}
            for part in message.data  # type: ignore[attr-defined]
            for one in part.obs
        ]  # fmt: skip
    except Exception as error:  # whatever the library meets in a broken file
        words = str(error).strip().splitlines()
        raise InputError(f"{path} cannot be read as SDMX-ML: {words[0] if words else type(error).__name__}") from None
    if not found:
        raise InputError(f"{path} is SDMX-ML without observations. Download the data, not the structure.")
    columns = list(dict.fromkeys(name for one in found for name in one))

    def rows(told: Callable[[int], None]) -> Rows:
        yield 0, columns
        for number, one in enumerate(found, 1):
            yield number, [one.get(column, "") for column in columns]
        told(size)

    return Raw(path, "SDMX-ML", size, digest, rows, counts="observation")
