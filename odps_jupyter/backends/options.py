"""PyODPS's own options as they are when an execution begins: a cell's end with the cell, the execution may not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def libraries_now(given: Any) -> list[Any] | None:
    """``libraries=`` and ``options.df.libraries``, each once; None where neither names any."""
    from odps import options

    both = [*_listed(given), *_listed(options.df.libraries)]
    return [one for at, one in enumerate(both) if one not in both[:at]] or None


def job_options_now(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``execute`` that say what PyODPS would read of its options whenever it sends a job."""
    from odps import options

    found = {
        "hints": {**(options.sql.settings or {}), **(given.get("hints") or {})} or None,
        "image": given.get("image") or options.df.image,
        "libraries": libraries_now(given.get("libraries")),
    }
    return {name: value for name, value in found.items() if value is not None}


def _listed(libraries: Any) -> list[Any]:
    """PyODPS takes one alone, too."""
    if libraries is None:
        return []
    return list(libraries) if isinstance(libraries, list | tuple | set | frozenset) else [libraries]
