"""`python -m migkg.cli`."""

from migkg.cli import main

main()
