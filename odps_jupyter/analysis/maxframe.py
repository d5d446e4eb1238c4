"""MaxFrame's rows of the catalogue: pandas' own words, of which these ship a function to MaxCompute.

Read in MaxFrame's reference (reference/dataframe of the MaxFrame client) and the vendor's page on ``apply_chunk``. Left
out is ``agg``: whether it takes a function to pieces here or ships it is not written there.
"""

from __future__ import annotations

from .handover import HandOver
from .values import Shape

_ANY = frozenset({Shape.MAXFRAME})

HAND_OVERS = (
    HandOver("map", _ANY, 0, "arg", "scalar", Shape.MAXFRAME),
    HandOver("apply", _ANY, 0, "func", "row", Shape.MAXFRAME),
    HandOver("transform", _ANY, 0, "func", "row", Shape.MAXFRAME),
    HandOver("apply_chunk", _ANY, 0, "func", "row", Shape.MAXFRAME),
    HandOver("map_reduce", _ANY, 0, "mapper", "mapper", Shape.MAXFRAME),
    HandOver("map_reduce", _ANY, 1, "reducer", "reducer", Shape.MAXFRAME),
    HandOver("map_reduce", _ANY, 99, "combiner", "combiner", Shape.MAXFRAME),
)

#: Methods that run what was handed over: ``execute`` leaves a MaxFrame object, the others bring something local.
EXECUTING = frozenset({"execute", "fetch", "to_pandas"})

#: Modules whose functions return MaxFrame objects, and the functions that do not.
_MODULES = ("maxframe.dataframe", "maxframe.tensor")
_LOCAL = frozenset({"Timestamp", "Timedelta", "NamedAgg", "get_option", "set_option"})

#: Decorators of functions that ship; they leave them as they are.
DECORATORS = frozenset(
    f"maxframe.udf.{name}"
    for name in ("with_python_requirements", "with_resources", "with_running_options", "with_fs_mount")
)


def makes_object(module: str, name: str) -> bool:
    """Whether ``module.name(...)`` is a MaxFrame object: ``maxframe.dataframe.read_odps_table``."""
    return module in _MODULES and name not in _LOCAL
