"""Where the local side is, by its documented marks."""

from __future__ import annotations

from typing import Any

import pytest

from odps_jupyter.backends.local_side import local_side
from tests.conftest import entry_of


@pytest.mark.parametrize(
    ("environ", "platform", "modules", "kind", "name", "mark"),
    [
        ({}, "linux", (), "unknown", "unknown, taken for a PC", ""),
        ({}, "darwin", (), "pc", "a PC", "macOS"),
        ({}, "win32", (), "pc", "a PC", "Windows"),
        ({"XDG_CURRENT_DESKTOP": "GNOME"}, "linux", (), "pc", "a PC", "the variable XDG_CURRENT_DESKTOP"),
        ({"dsw_id": "1"}, "linux", (), "hosted", "PAI-DSW", "the variable dsw_id"),
        ({"COLAB_RELEASE_TAG": "r"}, "linux", (), "hosted", "Google Colab", "the variable COLAB_RELEASE_TAG"),
        ({"JUPYTERHUB_USER": "me"}, "linux", (), "hosted", "a JupyterHub", "the variable JUPYTERHUB_USER"),
        ({"SKYNET_ID": "1", "DSW_X": ""}, "linux", (), "dataworks", "a DataWorks node", "the variable SKYNET_ID"),
        ({}, "linux", ("dataworks",), "dataworks", "a DataWorks notebook", "the module dataworks"),
    ],
)
def test_the_marks(
    environ: dict[str, str], platform: str, modules: tuple[str, ...], kind: str, name: str, mark: str
) -> None:
    side = local_side(environ, {"odps": "not an entry object", "args": {}}, platform, modules.__contains__)
    assert (side.kind, side.name, side.mark) == (kind, name, mark)


def test_a_node_is_told_by_what_it_finds_defined(service: Any) -> None:
    entry = entry_of(service)
    given = {"odps": entry, "o": entry, "args": {"ds": "20240101"}}
    assert local_side({}, given, "linux", ().__contains__).is_dataworks
    for lacking in given:
        rest = {name: value for name, value in given.items() if name != lacking}
        assert not local_side({}, rest, "linux", ().__contains__).is_dataworks
