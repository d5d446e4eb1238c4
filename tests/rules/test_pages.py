"""The rules' pages are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from odps_jupyter.rules.pages import index, page
from odps_jupyter.rules.registry import RULES, Rule

DOCS = Path(__file__).parents[2] / "docs" / "rules"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_each_rule_has_its_page(rule: Rule) -> None:
    assert (DOCS / f"{rule.kind}.md").read_text(encoding="utf-8") == page(rule), "make docs/rules anew"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_a_page_says_why_how_it_looks_and_what_to_do(rule: Rule) -> None:
    assert "Example" in rule.doc
    assert "\nFix: " in rule.doc


def test_no_page_is_of_no_rule() -> None:
    assert {path.stem for path in DOCS.glob("*.md")} == {"README", *(rule.kind for rule in RULES)}
    assert (DOCS / "README.md").read_text(encoding="utf-8") == index()


def test_kinds_and_codes_are_each_of_one_rule() -> None:
    assert len({rule.kind for rule in RULES}) == len({rule.code for rule in RULES}) == len(RULES)
