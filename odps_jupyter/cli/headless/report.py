"""What became of a notebook, as text for people and as JUnit's XML for the servers that run it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .outcome import CellError, CellOutcome, Outcome


def cell_lines(cell: CellOutcome) -> Iterator[str]:
    """One cell as text; cells are called by their own numbers, as the kernel's errors call them."""
    if cell.number is None and cell.status != "error":
        return  # the kernel was not given it
    yield f"{_called(cell)}: {cell.status}, {cell.seconds:.1f} s"
    if cell.error is not None:
        expected = " (expected: the cell's tag says that it raises)" if cell.status == "ok" else ""
        yield from _indented(f"{_said(cell.error)}{expected}")
    for one in cell.compare:
        yield from _indented("\n".join(one.lines))


def summary(outcome: Outcome) -> str:
    """The last line."""
    ran = sum(cell.number is not None or cell.status == "error" for cell in outcome.cells)
    skipped = sum(cell.status == "skipped" for cell in outcome.cells)
    parts = [_count(ran, "cell") + f" ran on {outcome.backend}", _count(outcome.errors, "error")]
    if outcome.comparisons:
        parts.append(f"{_count(outcome.differences, 'difference')} in {_count(len(outcome.comparisons), 'comparison')}")
    if skipped:
        parts.append(f"{_count(skipped, 'cell')} skipped")
    return ("interrupted: " if outcome.interrupted else "") + ", ".join(parts)


def junit(outcome: Outcome, path: Path) -> bytes:
    """A test suite with one case for each code cell.

    The elements and attributes are those that Jenkins, GitLab and others read: https://github.com/testmoapp/junitxml
    """
    failing = [cell for cell in outcome.cells if cell.status != "error" and not all(one.equal for one in cell.compare)]
    counts = {
        "tests": str(len(outcome.cells)),
        "failures": str(len(failing)),
        "errors": str(outcome.errors),
        "skipped": str(sum(cell.status == "skipped" for cell in outcome.cells)),
        "time": f"{sum(cell.seconds for cell in outcome.cells):.3f}",
    }
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", {"name": printable(str(path)), **counts})
    for cell in outcome.cells:
        name = f"code cell {cell.index + 1}"
        where = {"classname": printable(path.stem), "name": name, "file": printable(str(path))}
        case = SubElement(suite, "testcase", {**where, "time": f"{cell.seconds:.3f}"})
        differences = "\n".join(line for one in cell.compare if not one.equal for line in one.lines)
        if cell.status == "error" and cell.error is not None:
            said = _said(cell.error)
            _tell(SubElement(case, "error", {"type": printable(cell.error.type)}), f"{said}\n{differences}".strip())
        elif differences:
            _tell(SubElement(case, "failure", {"type": "difference"}), differences)
        elif cell.status == "skipped":
            SubElement(case, "skipped")
    indent(suites)
    text: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return text


def printable(text: str) -> str:
    """``text`` without what neither a terminal nor XML 1.0 may be given: control characters, halves of surrogates."""
    return "".join(
        letter if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs", "Cn"} else "?" for letter in text
    )


def _tell(element: Element, text: str) -> None:
    element.set("message", printable(text.partition("\n")[0]))
    element.text = printable(text)


def _said(error: CellError) -> str:
    place = ""
    if error.number is not None:
        place = f"cell {error.number}: " if error.line is None else f"cell {error.number}, line {error.line}: "
    return f"{place}{error.type}: {error.message}"


def _called(cell: CellOutcome) -> str:
    return f"cell {cell.number}" if cell.number is not None else f"code cell {cell.index + 1}"


def _indented(text: str) -> Iterator[str]:
    return (f"  {line}" for line in printable(text).split("\n"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
