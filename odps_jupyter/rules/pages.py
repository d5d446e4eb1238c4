"""The rules' pages, made of their docstrings: ``python -m odps_jupyter.rules.pages docs/rules``."""

from __future__ import annotations

import sys
from pathlib import Path

from .registry import RULES, Rule


def page(rule: Rule) -> str:
    """One rule's page, in Markdown."""
    title, _, rest = rule.doc.partition("\n")
    lines = []
    code = False
    for line in rest.strip("\n").split("\n"):
        if line.endswith("::"):
            lines += [line[:-1], "", "```python"]
            code = True
        elif code and line and not line.startswith("    "):
            while lines[-1] == "":
                lines.pop()
            lines += ["```", "", line.replace("``", "`")]
            code = False
        elif code:
            if line or lines[-1] != "```python":
                lines.append(line[4:])
        else:
            lines.append(line.replace("``", "`"))
    if code:
        lines.append("```")
    body = "\n".join(lines).rstrip()
    return f"# {rule.kind} ({rule.code})\n\n{title.replace('``', '`')}\n\n{body}\n"


def index() -> str:
    """The list of all rules."""
    rows = [f"| [{rule.kind}]({rule.kind}.md) | {rule.code} | {_title(rule)} |" for rule in RULES]
    said = (
        "What `odps-jupyter check` and the panel say. `# odps: ignore[kind]` on a line silences it there. "
        "`--format text` and `json` count cells and lines within them; `sarif` and `github` point at lines of the "
        "file, of a notebook those of its JSON, and name the cell in the message. In `sarif` each rule brings its page "
        "along as text and Markdown and names no `helpUri`: the pages have no public address that stays."
    )
    return "\n".join(["# Rules", "", said, "", "| kind | code | says |", "|---|---|---|", *rows]) + "\n"


def write(folder: Path) -> None:
    """All pages; a page of no rule is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    (folder / "README.md").write_text(index(), encoding="utf-8")
    for rule in RULES:
        (folder / f"{rule.kind}.md").write_text(page(rule), encoding="utf-8")


def _title(rule: Rule) -> str:
    return rule.doc.partition("\n")[0].replace("``", "`")


def plain(doc: str) -> str:
    """A docstring, or a part of one, as text without marks."""
    return doc.replace("::\n", ":\n").replace("``", "")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
