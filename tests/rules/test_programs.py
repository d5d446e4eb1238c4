"""Notebooks with the expected diagnostics written on their lines.

``#! kind kind`` stands at the end of the line a diagnostic points at; ``#? kind`` allows one. Above the first cell,
``# local: name.py: Class Class``, ``# resource: name.zip: module module``, ``# profile: cp37``, ``# client: 3.12`` say
under what it is judged. ``# executor: error`` and ``# pandas: error`` are the prediction, ok where they are not said.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from odps_jupyter.analysis import Analysis
from odps_jupyter.executor.profiles import profile_for
from odps_jupyter.notebook.reading import from_script
from odps_jupyter.rules.checker import check
from odps_jupyter.rules.setting import Setting

HERE = Path(__file__).parent / "programs"
EXPECTED = re.compile(r"#(?P<sign>[!?]) (?P<kinds>[a-z -]+)$")
HEADER = re.compile(r"^# (?P<name>local|resource|profile|client|executor|pandas): (?P<value>.+)$", re.MULTILINE)
#: Of the files beside a notebook: of what `taxed` leaves everything travels, of what `checked` leaves a name alone.
DECORATORS = """
def taxed(f):
    def wrapper(*args):
        return f(*args) * TAX
    return wrapper
def checked(f):
    def wrapper(*args):
        return gross(f(*args))
    return wrapper
"""


@dataclass
class Header:
    """What the lines above the first cell say."""

    local: list[str] = field(default_factory=list)
    resources: dict[str, list[str]] = field(default_factory=dict)
    profile: str = "cp311"
    client: str = ""
    prediction: dict[str, str] = field(default_factory=lambda: {"pandas": "ok", "executor": "ok"})

    @classmethod
    def read(cls, text: str) -> Header:
        header = cls()
        for match in HEADER.finditer(text):
            name, value = match["name"], match["value"]
            if name == "local":
                header.local.append(value)
            elif name == "resource":
                resource, _, modules = value.partition(": ")
                header.resources[resource] = modules.split()
            elif name in ("profile", "client"):
                setattr(header, name, value)
            else:
                header.prediction[name] = value
        return header

    def setting(self, folder: Path) -> Setting:
        """The files it speaks of, made in ``folder``."""
        project = folder / "project"
        project.mkdir()
        for name in self.local:
            name, _, classes = name.partition(": ")
            text = "".join(f"class {each}: pass\n" for each in classes.split())
            (folder / name).write_text(f"TAX = 0.13\ndef gross(p): return p\n{text}{DECORATORS}")
        for name, modules in self.resources.items():
            with zipfile.ZipFile(project / name, "w") as archive:
                for module in modules:
                    archive.writestr(module if "/" in module or "." in module else f"{module}/__init__.py", "")
        tag, _, image = self.profile.partition(":")
        profile = profile_for(tag, image or None, None)
        client = tuple(map(int, self.client.split("."))) if self.client else profile.python
        return Setting(profile, (client[0], client[1]), folder, project)


def programs() -> list[object]:
    """Every program of the folder, by its title."""
    found: list[object] = []
    for path in sorted(HERE.glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("=== ")[1:]:
            title, _, body = part.partition("\n")
            found.append(pytest.param(body.rstrip("\n") + "\n", id=f"{path.stem}: {title}"))
    return found


@pytest.mark.parametrize("text", programs())
def test_the_diagnostics_stand_where_they_are_written(text: str, tmp_path: Path) -> None:
    head, mark, body = text.partition("# %%\n")
    header = Header.read(head)
    cells = from_script(mark + body)
    analysis = Analysis()
    analysis.update(cells)
    report = check(analysis.evidence(), header.setting(tmp_path))

    expected: Counter[tuple[int, int, str]] = Counter()
    allowed = set()
    for index, cell in enumerate(cells):
        for number, line in enumerate(cell.source.split("\n"), 1):
            match = EXPECTED.search(line)
            for kind in match["kinds"].split() if match else ():
                if match is not None and match["sign"] == "!":
                    expected[index, number, kind] += 1
                allowed.add((index, number, kind))
    found = Counter((item.span.cell, item.span.line, item.kind) for item in report.diagnostics)
    for place in allowed - expected.keys():
        del found[place]
    assert found == expected
    assert report.prediction == header.prediction
