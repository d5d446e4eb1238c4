"""MaxCompute SQL on DuckDB: parse, resolve against the catalog, type, translate by the table of functions, run."""

from __future__ import annotations

from .engine import run_script
from .protocols import Catalog, UdfRunner
from .result import ScriptResult

__all__ = ["Catalog", "ScriptResult", "UdfRunner", "run_script"]
