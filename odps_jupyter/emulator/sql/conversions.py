"""Conversions between types: what CAST does, what happens without being asked, and the common type of several values.

Source: MaxCompute's documentation, "Data type conversions" and "CAST".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Context, Decimal

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import INTEGERS, NUMBERS, TEXTS, TIMES, Type

from .containers import converted
from .typed import Lambda, Typed, Written, once, quote

#: Room for the digits of any constant: the usual one rounds to 28.
_EXACT = Context(prec=1000)
_RANK = {word: rank for rank, word in enumerate(NUMBERS)}
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_TIME_RANK = {word: rank for rank, word in enumerate(TIMES)}


def common(kinds: Iterable[Type]) -> Type | None:
    """The type that values of all these types are brought to (UNION, CASE, COALESCE, IN, comparison results)."""
    result = types.VOID
    for kind in kinds:
        merged = _merge(result, kind)
        if merged is None:
            return None
        result = merged
    return result


def _merge(left: Type, right: Type) -> Type | None:
    if left == right or right.name == "void":
        return left
    if left.name == "void":
        return right
    if left.name in NUMBERS and right.name in NUMBERS:
        return wider(left, right)
    if left.name in TEXTS and right.name in TEXTS:
        return types.STRING
    if left.name in TIMES and right.name in TIMES:
        return left if _TIME_RANK[left.name] >= _TIME_RANK[right.name] else right
    # A string beside a number or a time is text in both documents of MaxCompute and in Hive.
    if left.name in TEXTS and right.name in (*NUMBERS, *TIMES):
        return types.STRING
    if right.name in TEXTS and left.name in (*NUMBERS, *TIMES):
        return types.STRING
    if left.name == right.name and left.items and len(left.items) == len(right.items):
        items = tuple(_merge(a, b) for a, b in zip(left.items, right.items, strict=True))
        if all(i is not None for i in items):
            return Type(left.name, items=tuple(i for i in items if i is not None), fields=left.fields)
    return None


def wider(left: Type, right: Type) -> Type:
    """The numeric type that two numbers are brought to before arithmetic or comparison."""
    if "decimal" in (left.name, right.name):
        left, right = as_decimal(left), as_decimal(right)
        scale = max(left.sizes[1], right.sizes[1])
        whole = max(left.sizes[0] - left.sizes[1], right.sizes[0] - right.sizes[1])
        return Type("decimal", (min(38, whole + scale), scale))
    return left if _RANK[left.name] >= _RANK[right.name] else right


def as_decimal(kind: Type) -> Type:
    """The decimal type that has room for every whole number of a type; a decimal itself; of DOUBLE, the usual one.

    A DOUBLE becomes a DECIMAL without being asked, not the other way (its manual, "Type conversions").
    """
    if kind.name in ("float", "double"):
        return types.DECIMAL
    return kind if kind.name == "decimal" else Type("decimal", (_DIGITS[kind.name], 0))


def beside(value: Typed, other: Type) -> Typed:
    """A constant DOUBLE beside a DECIMAL as the number that is written, so that the other keeps all its digits."""
    if other.name != "decimal" or not value.is_constant or not isinstance(value.constant, float):
        return value
    if not math.isfinite(value.constant):
        return value
    digits = _digits(value.constant)
    scale = max(-int(digits.as_tuple().exponent), 0)
    precision = max(digits.adjusted() + 1, 0) + scale
    if scale > types.DECIMAL.sizes[1] or precision > types.DECIMAL.sizes[0]:
        return value
    kind = Type("decimal", (max(precision, 1), scale))
    return Typed(f"CAST('{digits:f}' AS {types.to_duckdb(kind)})", kind, value.constant, True)


def _digits(constant: float) -> Decimal:
    """A constant as it is written, or else the shortest number that is this DOUBLE."""
    digits = constant.digits if isinstance(constant, Written) else Decimal(repr(constant))
    return digits.normalize(_EXACT)


def comparable(left: Type, right: Type) -> Type | None:
    """The type two operands are compared as; ``None`` where MaxCompute refuses the comparison."""
    for text, other in ((left, right), (right, left)):
        if text.name in TEXTS and other.name in NUMBERS:
            return wider(other, types.DECIMAL) if other.name == "decimal" else types.DOUBLE
        if text.name in TEXTS and other.name in TIMES:
            return types.DATETIME if other.name == "date" else other
    return _merge(left, right)


def can_convert(source: Type, target: Type, *, strict: bool = False) -> bool:
    """Whether a value is converted without being asked, as an argument or an inserted value.

    Args:
        source, target: the type it has, and the one it is to have.
        strict: whether what may be lost is not, as edition 2.0 has it.
    """
    if source == target or source.name == "void":
        return True
    if strict and loses(source, target) and target.name not in ("float", "double"):
        # A function of doubles takes a decimal: the pages of LOG2, ATAN and the others list it.
        return False
    if source.name == target.name == "decimal":
        # Extended places are not cut off by a function that knows of 18.
        return source.sizes[1] <= max(target.sizes[1], types.DECIMAL.sizes[1])
    if source.name in NUMBERS:
        return target.name in NUMBERS or target.name in TEXTS
    if source.name in TEXTS:
        return target.name in (*TEXTS, *NUMBERS, *TIMES)
    if source.name in TIMES:
        return target.name in TIMES or target.name in TEXTS
    if source.name == target.name and len(source.items) == len(target.items):
        return all(can_convert(a, b, strict=strict) for a, b in zip(source.items, target.items, strict=True))
    return False


def loses(source: Type, target: Type) -> bool:
    """Whether edition 2.0 wants a CAST written for a conversion that may lose something (its manual, "Data type
    editions")."""
    if source.name in TEXTS:
        return target.name in (*INTEGERS, *TIMES)
    if source.name in ("float", "double", "decimal"):
        return target.name in INTEGERS or (source.name == "decimal" and target.name in ("float", "double"))
    return source.name == "boolean" and target.name in (*NUMBERS, *TEXTS)


def can_cast(source: Type, target: Type) -> bool:
    """Whether CAST accepts the pair; a failing value is another matter."""
    if can_convert(source, target) or source.name == target.name == "decimal":
        return True
    if source.name == "boolean":
        return target.name in (*NUMBERS, *TEXTS)
    if target.name == "boolean":
        return source.name in (*NUMBERS, *TEXTS)
    if {source.name, target.name} <= {"string", "binary", "varchar", "char"}:
        return True
    if "json" in (source.name, target.name):
        return {source.name, target.name} <= {"json", "boolean", *NUMBERS, *TEXTS}
    if source.name == target.name and len(source.items) == len(target.items):
        return all(can_cast(a, b) for a, b in zip(source.items, target.items, strict=True))
    return False


def convert(value: Typed, target: Type) -> Typed:
    """The value in another type, by CAST's rules; the caller has checked that the pair is allowed."""
    source = value.type
    if source == target or isinstance(value, Lambda):
        return value
    if value.is_constant and value.constant is None and source.name == "void":
        return Typed(f"CAST(NULL AS {types.to_duckdb(target)})", target, None, True)
    if isinstance(value.constant, Written) and math.isfinite(value.constant) and target.name == "decimal":
        digits = quote(f"{_digits(value.constant):f}")
        return Typed(_to_decimal(digits, types.STRING, target), target, value.constant, True)
    sql = once([value.sql], lambda v: _cast(v[0], source, target))
    return Typed(sql, target, value.constant, value.is_constant)


def _cast(sql: str, source: Type, target: Type) -> str:
    plain = f"CAST({sql} AS {types.to_duckdb(target)})"
    if source.name == "void":
        return plain
    if source.name == "json" or target.name == "json":
        return _json(sql, source, target)
    if target.name in INTEGERS:
        if source.name in TEXTS:
            return f"CAST(mc_text_to_bigint({sql}) AS {types.to_duckdb(target)})"
        if source.name in ("float", "double", "decimal"):
            # DuckDB rounds; MaxCompute cuts the fraction off.
            return f"CAST(trunc({sql}) AS {types.to_duckdb(target)})"
        return plain
    if target.name in ("double", "float") and source.name in TEXTS:
        return f"CAST(mc_text_to_double({sql}) AS {types.to_duckdb(target)})"
    if target.name == "decimal":
        return _to_decimal(sql, source, target)
    if target.name == "boolean" and source.name in NUMBERS:
        return f"({sql} <> 0)"
    if target.name == "boolean" and source.name in TEXTS:
        # Any text but the empty one is true (its manual, "CAST").
        return f"({sql} <> '')"
    if target.name == "binary" and source.name in TEXTS:
        return f"encode({sql})"
    if target.name in TEXTS:
        return _to_text(sql, source, target)
    if target.name in TIMES and source.name in TEXTS:
        if target.name in ("date", "datetime"):
            return f"mc_text_to_{target.name}({sql})"
        return f"CAST(mc_text_to_timestamp({sql}) AS {types.to_duckdb(target)})"
    if target.name in ("timestamp", "timestamp_ntz") and source.name in ("date", "datetime"):
        return f"mc_to_ns({sql})"
    if target.name == "datetime" and source.name in ("timestamp", "timestamp_ntz"):
        return f"mc_ns_to_datetime({sql})"
    if source.items:
        return converted(sql, source, target, _cast)
    return plain


def _to_decimal(sql: str, source: Type, target: Type) -> str:
    precision, scale = target.sizes
    if source.name in TEXTS:
        return f"mc_as_decimal_{precision}_{scale}(mc_text_to_digits({sql}, {scale}))"
    if source.name in ("float", "double"):
        # By its digits: 0.1 is 0.1, not the binary fraction beside it.
        return _to_decimal(f"CAST(CAST({sql} AS DOUBLE) AS VARCHAR)", types.STRING, target)
    # Places that are too many are cut off, and digits that are too many an error; where Hive's meaning holds, they are
    # rounded and NULL (its manual, "Hive-compatible data type edition").
    cut = f"mc_cut({sql}, {scale})" if source.name == "decimal" and source.sizes[1] > scale else sql
    return f"mc_as_decimal_{precision}_{scale}({cut})"


def _json(sql: str, source: Type, target: Type) -> str:
    """A text becomes a JSON string; a JSON string, number or boolean becomes what it says (its manual, "CAST")."""
    if target.name == "json":
        return f"CAST(to_json({_cast(sql, source, types.STRING) if source.name in TEXTS else sql}) AS VARCHAR)"
    return (
        _cast(f"mc_json_scalar({sql})", types.STRING, target) if target.name != "string" else f"mc_json_scalar({sql})"
    )


def _to_text(sql: str, source: Type, target: Type) -> str:
    if source.name == "datetime":
        text = f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    elif source.name in ("float", "double"):
        text = f"mc_double_to_text({sql})"
    elif source.name == "decimal":
        text = f"mc_decimal_to_text({sql})"
    elif source.name == "binary":
        text = f"mc_text_of({sql})"
    elif source.name in TEXTS:
        text = sql
    else:
        text = f"CAST({sql} AS VARCHAR)"
    if target.name in ("varchar", "char") and target.sizes:
        text = f"substring({text}, 1, {target.sizes[0]})"
    # The spaces that fill a CHAR are no part of its text: see ``clocks``.
    return f"rtrim({text}, ' ')" if target.name == "char" else text
