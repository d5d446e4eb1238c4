"""``python -m odps_jupyter.emulator.coverage``: write COVERAGE.md from the tables the service itself works with."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from odps_jupyter.executor.images import IMAGES, PLAIN

from . import types
from .absent import ABSENT
from .hints import HONOURED
from .instances.answers import ANSWERS
from .instances.flows import ALGORITHMS
from .instances.submission import KINDS
from .instances.submission import REFUSED as REFUSED_TASKS
from .projects.routes import SECURITY_QUERIES
from .service import ROUTES
from .sql import engine
from .sql.functions import REFUSED, ROWS, SPECIALS
from .sql.statements.alter import ACTIONS as ALTERATIONS

TARGET = Path(__file__).with_name("COVERAGE.md")
#: What the conformance programs gave; written by ``python -m tests.conformance.record``.
RESULTS = Path(__file__).parents[2] / "tests" / "conformance" / "results.json"

_SCHEMA = "/projects/{project}/schemas/{schema}"
_IN_SCHEMA = "/schemas/{schema}"

_HEAD = """# What the embedded MaxCompute emulates

Written by `python -m odps_jupyter.emulator.coverage` from the code's own tables: the routes, the statements, the table
of functions, the kinds of tasks. Do not edit it. What is not listed here is answered by an error with MaxCompute's code
that names it.
"""


#: What is exact, and what is not known of the cloud or not kept here.
_TYPES = (
    "Decimals have any precision to 38 and scale to 18, or 38 where the job extends it. Sums, differences, products and"
    " remainders are exact, cut off"
    " behind 18 places; a remainder whose operands do not fit one type of 38 digits is an error;"
    " a quotient has 18 places. The precision and scale of results are Hive's: the manual says only"
    " the most of both. Of extended scales, a quotient, an average and a product of more than 38 places are refused, as"
    " is DECIMAL256. Under `odps.sql.hive.compatible` values are rounded, and NULL where they do not fit.\n",
    "Intervals are constants, sums and differences of their own kind, what moves a time, and what lies between two"
    " times: days of a fixed length, months of the calendar. DATE with INTERVAL_DAY_TIME, whose type is not"
    " documented, and products are refused; parts of a microsecond and an INTERVAL_DAY_TIME of more than 292 years are"
    " not kept.\n",
    "CHAR(n) is filled with spaces where it is stored and shown; SQL and functions have its text without them, as in"
    " Hive: the manual says only that they take no part in comparisons.\n",
    "In edition 2.0 (`odps.sql.type.system.odps2`) functions take no STRING, DOUBLE or DECIMAL for a BIGINT and no"
    " STRING for a time, unless their page says that it is converted. A DECIMAL beside a DOUBLE is a DECIMAL, which the"
    " manual says of comparisons only. DOUBLEs are compared as they are: the manual says that the first 15 places"
    " behind the point count, not how they are cut.\n",
    "DATETIME and DATE go from the year 1 to 9999, TIMESTAMP from 1678 to 2261, the years of which 64 bits count"
    " nanoseconds: PyODPS reads no other one either, whether it has nanoseconds or not. What is beyond is refused, as"
    " are stored times in the first of two hours that the clocks of the job's zone show alike, and times that they"
    " never show. A time written in an hour shown twice is its second.\n",
)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(titles)} |", f"|{'|'.join('-' for _ in titles)}|"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _section(title: str, *parts: str) -> str:
    return "\n".join((f"## {title}\n", *parts))


def _words(function: object) -> str:
    """What a function says of itself: the first line of its docstring, or else its name."""
    text = inspect.getdoc(function)
    return (
        text.partition("\n")[0].rstrip(".").replace("``", "`")
        if text
        else str(getattr(function, "__name__", "")).replace("_", " ")
    )


def _code(text: str) -> str:
    return f"`{text}`"


def _part(function: object) -> str:
    """Where a handler lives: ``tunnel.streams``."""
    return str(getattr(function, "__module__", "")).removeprefix("odps_jupyter.emulator.").removesuffix(".routes")


def _requests() -> str:
    rows: dict[tuple[str, str, str], list[str]] = {}
    for route in ROUTES:
        verbs = ", ".join(_code(verb) for verb in sorted(route.verbs))
        for method, one in route.handlers.items():
            path = route.pattern.replace(_IN_SCHEMA, "") if route.pattern != _SCHEMA else route.pattern
            rows.setdefault((_code(f"{method} {path}"), verbs, f"{_part(one)}: {_words(one)}"), []).append(
                route.pattern
            )
    listed = [
        (request, "yes" if any(_IN_SCHEMA in one for one in patterns) and len(patterns) > 1 else "", verbs, does)
        for (request, verbs, does), patterns in rows.items()
    ]
    asked = ", ".join(_code(name) for name in sorted(ANSWERS))
    refused = [(what, ", ".join(_code(f"{m} {path}") for m, path in requests)) for what, requests in ABSENT.items()]
    return _section(
        "Requests",
        "Paths are below `/api`; those of the tunnel come with and without it.\n",
        _table(("Request", "also in a schema", "told apart by", "does"), sorted(listed)),
        f"An instance answers these parameters: {asked}.\n",
        f"Security queries: {', '.join(_code(one) for one in sorted(SECURITY_QUERIES))}.\n",
        "### Not emulated\n",
        _table(("What", "Requests"), refused),
    )


def _tasks() -> str:
    return _section(
        "Tasks",
        f"These kinds of tasks run: {', '.join(_code(kind) for kind in KINDS)}.\n",
        _table(("XFlow algorithm", "does"), [(_code(n), _words(f).partition(": ")[2]) for n, f in ALGORITHMS.items()]),
        "### Not emulated\n",
        _table(("Task", "is"), [(_code(kind), why) for kind, why in REFUSED_TASKS.items()]),
    )


def _statements() -> str:
    rows = [(_code(word), _words(one)) for word, one in sorted({**engine.ACTIONS, **engine.TEXTS}.items())]
    rows.append(("`SELECT`", f"queries, which begin with {', '.join(_code(one) for one in engine.QUERIES)}"))
    rows.append(("`@x :=`", "script variables, with and without CACHE ON"))
    rows.append(("`@x TYPE :=`", "script variables of one value: a constant from there on"))
    rows.append(("`@x TABLE(...)`", "the names and types of a query that a variable is given later"))
    rows.append(("`IF`", "IF (condition) BEGIN ... END ELSE IF (...) ... ELSE ..., with and without BEGIN and END"))
    rows.append(("`SET`", "settings of the script; refused inside an IF"))
    rows.append(("`CREATE FUNCTION`", "of resources, of embedded Python (`#CODE`), temporary; and `DROP FUNCTION`"))
    rows.append(("`SQL FUNCTION`", "expressions with parameters, of the script or of the project"))
    altered = ", ".join(_code(" ".join(words)) for words, _ in ALTERATIONS)
    return _section(
        "Statements",
        _table(("Statement", "does"), rows),
        f"ALTER TABLE takes {altered}.\n",
        "### Not emulated\n",
        f"{', '.join(_code(word) for word in sorted(engine.REFUSED))}.\n",
    )


def _functions() -> str:
    rows = {
        (
            row.name + " (Hive)" * bool(row.hive),
            row.kind,
            f"{row.name}({row.signature.partition('->')[0].strip()})",
        ): row
        for row in ROWS
    }
    listed = [
        (name, kind, _code(f"{shown} -> {row.signature.partition('->')[2].strip()}"), _code(row.example))
        for (name, kind, shown), row in rows.items()
    ]
    listed += [(one.name, "scalar", _code(one.signature), _code(one.example)) for one in SPECIALS]
    names = {name.removesuffix(" (Hive)") for name, *_ in listed}
    return _section(
        "SQL functions",
        f"{len(names)} functions in {len(listed)} signatures; each example is run by the tests.\n",
        _table(("Function", "kind", "signature", "example"), sorted(listed)),
        "### Not emulated\n",
        _table(("Function", "because"), sorted(REFUSED.items())),
    )


def _types() -> str:
    named = ", ".join(_code(name) for name in types.NAMES)
    return _section("Types", f"{named}; `array`, `map`, `struct`, nested.\n", *_TYPES)


def _settings() -> str:
    return _section(
        "Settings (hints)",
        _table(("Setting", "says"), [(_code(name), what) for name, what in HONOURED.items()]),
        "Every other setting is taken and has no effect.\n",
    )


def _executor() -> str:
    rows = [("(plain)", tag, ", ".join(image.requirements)) for tag, image in PLAIN.items()]
    for name, tags in IMAGES.items():
        rows += [(name, tag, ", ".join(image.requirements)) for tag, image in tags.items()]
    return _section("Executor", _table(("Image", "Python", "packages"), rows))


def _conformance(results: Sequence[Mapping[str, Any]]) -> str:
    if not results:
        return _section("Conformance", "No run is recorded.\n")
    areas = Counter(str(one["area"]) for one in results)
    passed = Counter(str(one["area"]) for one in results if one["emulator"] == "passed")
    alike = Counter(str(one["area"]) for one in results if one["pandas"] == "passed" and one["emulator"] == "passed")
    rows: list[tuple[object, ...]] = [(area, areas[area], passed[area], alike[area]) for area in sorted(areas)]
    rows.append(("**all**", areas.total(), passed.total(), alike.total()))
    odd = [(f"{one['area']}.{one['program']}", one["exception"]) for one in results if one["exception"]]
    return _section(
        "Conformance",
        "The same programs on PyODPS's pandas backend and on the embedded MaxCompute (`tests/conformance`).\n",
        _table(("Area", "programs", "pass here", "pandas gives the same"), rows),
        "### Exceptions\n",
        _table(("Program", "reason"), odd),
    )


def render(results: Sequence[Mapping[str, Any]]) -> str:
    """The whole page; ``results`` are the entries of :data:`RESULTS`."""
    sections = (
        _conformance(results),
        _requests(),
        _tasks(),
        _statements(),
        _functions(),
        _types(),
        _settings(),
        _executor(),
    )
    return "\n".join((_HEAD, *sections))


def recorded() -> list[dict[str, Any]]:
    """The recorded entries; none in an installed package, which has no tests."""
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or with ``--check`` say whether it is as the code is (exit code 1 if not)."""
    parser = argparse.ArgumentParser(prog="python -m odps_jupyter.emulator.coverage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    check = parser.parse_args(arguments).check
    page = render(recorded())
    if not check:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(f"{TARGET.name} is out of date; run python -m odps_jupyter.emulator.coverage\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
