"""A load query that speaks of each row by itself, filled in row by row as text: what the engine would answer, sooner.

The query stays what says what a row means. What its text does not make plain is left to the engine: a whole query,
where it has words that are not read here; a single row, where Python may see a value otherwise.
"""

from migkg.rowwise.functions import Unsure
from migkg.rowwise.plan import Plan, plan

__all__ = ["Plan", "Unsure", "plan"]
