"""Classes of libraries that people hand over as if they were functions: none of them makes an object that is called."""

from __future__ import annotations

_CLASSES = {
    "builtins": "int float str bool bytes bytearray complex list tuple set frozenset dict object",
    "collections": "OrderedDict Counter defaultdict deque",
    "datetime": "datetime date time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "ipaddress": "IPv4Address IPv6Address IPv4Network IPv6Network",
    "pathlib": "Path PurePath PosixPath PurePosixPath",
    "uuid": "UUID",
    "numpy": "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 bool_ str_ datetime64",
    "pandas": "Timestamp Timedelta Series DataFrame Period",
}
_PATHS = frozenset(f"{module}.{name}" for module, names in _CLASSES.items() for name in names.split())
#: Those that pandas maps over by looking values up.
DICTS = frozenset({"builtins.dict", "collections.OrderedDict", "collections.Counter", "collections.defaultdict"})
#: Modules none of whose members aggregates a column.
MODULES_OF_FUNCTIONS = frozenset({"builtins", "math", "numpy", "operator", "statistics"})


def is_class(path: str) -> bool:
    """Whether a dotted path names one of them."""
    return path in _PATHS
