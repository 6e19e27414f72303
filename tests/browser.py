"""The browser for tests of pages: Chromium of the system, driven by playwright."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def chromium_or_skip() -> str:
    """Return the path of Chromium; without one, skip the test by name, or fail it where MIGKG_CI is set."""
    found = shutil.which("chromium") or next((place for place in PLACES if Path(place).is_file()), None)
    if found is None:
        message = "chromium is not installed (it shows the pages to the tests)"
        if os.environ.get("MIGKG_CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found
