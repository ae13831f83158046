"""Filters: CQL2, text and JSON, to a condition in SQL. Pure: no database, no HTTP.

`parse` reads, `compile_filter` makes the condition for a layer. The `cql2` package parses; we compile,
because only we know which columns may be asked for and which of their indexes must work.
"""

from layers.filters.compile import Condition, compile_filter
from layers.filters.functions import FUNCTIONS, functions_document
from layers.filters.nodes import Expression
from layers.filters.queryables import Queryable, queryables
from layers.filters.reading import LANGUAGES, parse

__all__ = [
    "FUNCTIONS",
    "LANGUAGES",
    "Condition",
    "Expression",
    "Queryable",
    "compile_filter",
    "functions_document",
    "parse",
    "queryables",
]
