"""What ``odps-jupyter check`` found as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format").

A region is one of the file, as viewers of code show it: of a notebook, the lines of its JSON. The cell is a logical
location, and stands in the message.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from odps_jupyter.rules import suppressions
from odps_jupyter.rules.pages import page, plain
from odps_jupyter.rules.registry import RULES
from odps_jupyter.version import __version__

from .told import Told, from_here, titled

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}


def as_sarif(notebooks: Iterable[Told]) -> str:
    """One run of the tool over all notebooks."""
    rules = _rules()
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(told, item, numbers) for told in notebooks for item in told.report["diagnostics"]]
    driver = {"name": "odps-jupyter", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rules() -> list[dict[str, Any]]:
    """Every rule with its page: viewers show the Markdown, others the text."""
    rules = [
        {
            "id": rule.code,
            "name": rule.kind,
            "shortDescription": {"text": plain(rule.doc.partition("\n")[0])},
            "fullDescription": {"text": plain(rule.doc)},
            "help": {"text": plain(rule.doc), "markdown": page(rule)},
        }
        for rule in RULES
    ]
    told = {"text": "A suppression covers nothing."}
    rules.append({"id": suppressions.CODE, "name": suppressions.KIND, "shortDescription": told})
    return rules


def _result(told: Told, item: dict[str, Any], numbers: dict[str, int]) -> dict[str, Any]:
    artifact = {"uri": _uri(told.report["path"])}
    result = {
        "ruleId": item["code"],
        "ruleIndex": numbers[item["code"]],
        "level": _LEVELS[item["severity"]],
        "message": {"text": titled(item)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": artifact, "region": _region(told, item)},
                "logicalLocations": [{"name": f"cell {item['cell'] + 1}", "kind": "cell"}],
            }
        ],
    }
    fix = item["fix"]
    if fix is not None:
        replacements = [
            {"deletedRegion": _region(told, edit), "insertedContent": {"text": told.places.written(edit["text"])}}
            for edit in fix["edits"]
        ]
        title = fix["title"] + ("" if fix["safe"] else " (look at what it changes)")
        changes = [{"artifactLocation": artifact, "replacements": replacements}]
        result["fixes"] = [{"description": {"text": title}, "artifactChanges": changes}]
    return result


def _region(told: Told, place: dict[str, Any]) -> dict[str, int]:
    line, column = told.places.place(place["cell"], place["line"], place["column"])
    end_line, end_column = told.places.place(place["cell"], place["end_line"], place["end_column"])
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _uri(path: str) -> str:
    """A path as SARIF refers to a file: relative to where the run began, else with its scheme."""
    given = from_here(path)
    return given.as_uri() if given.is_absolute() else quote(given.as_posix())
