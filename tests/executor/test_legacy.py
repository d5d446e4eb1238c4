"""Libraries in a zip, read with the import hook that PyODPS brings."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from pathlib import Path

import pytest
from odps.lib.importer import CompressImporter

from odps_jupyter.executor.guest.legacy import LegacyFinder

SOURCES = {
    "shapes/__init__.py": "from .square import area\ndef later():\n    from .square import area\n    return area(3)\n",
    "shapes/square.py": "def area(side):\n    return side * side\n",
}


# The old step says nothing of packages, so Python falls back on the module's name: as it always did.
@pytest.mark.filterwarnings("ignore:can't resolve package:ImportWarning")
def test_a_package_of_relative_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "shapes.zip", "w") as archive:
        for name, text in SOURCES.items():
            archive.writestr(name, text)
    with zipfile.ZipFile(tmp_path / "shapes.zip") as library:
        finder = LegacyFinder()
        # Ours comes first: a Python that asks old hooks by itself would warn of this one.
        monkeypatch.setattr(sys, "meta_path", [finder, CompressImporter(library), *sys.meta_path])
        for name in SOURCES:
            monkeypatch.delitem(sys.modules, name.partition(".")[0].replace("/", "."), raising=False)
        spec = finder.find_spec("shapes")
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        assert module.area(2) == 4
        assert module.later() == 9
        assert finder.find_spec("no_such_shape") is None
    for name in ("shapes", "shapes.square"):
        sys.modules.pop(name, None)
