"""Packing under a name that the project has already: one of the two is always there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from odps_jupyter.backends.target import Target
from odps_jupyter.backends.upload import upload
from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import profile_for
from odps_jupyter.workflow.packing import Packed, pack
from tests.far import Far
from tests.proxy import Answer, Asked, Fault

from .asking import denied


def packed(folder: Path, name: str, version: str, *, archive: bool) -> Packed:
    source = folder / version / "helper.py"
    source.parent.mkdir()
    source.write_text(f"VERSION = {version!r}\n")
    words = [str(source)]
    if archive:
        (folder / version / "data").mkdir()
        (folder / version / "data" / "__init__.py").write_text("")
        (folder / version / "data" / "table.txt").write_text("1")  # which only what is unpacked can open
        words.append(f"{folder / version / 'data'}/")
    made = folder / version / "made"
    made.mkdir()
    return pack(words, Target(profile_for("cp311", None, None)), made, None, name)


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize("fault", [denied("CreateResource"), Answer(500, "ODPS-0010000", "Internal error")])
def test_a_failure_at_any_step_loses_neither(far: Far, o: Any, tmp_path: Path, fault: Answer, archive: bool) -> None:
    from odps.errors import ODPSError

    name = f"helpers_{uuid4().hex}.zip"
    old = packed(tmp_path, name, "old", archive=False)
    new = packed(tmp_path, name, "new", archive=archive)
    assert (old.bundle.kind, new.bundle.kind) == ("file", "archive" if archive else "file")
    contents = {part.bundle.path.read_bytes() for part in (old, new)}
    assert upload(o, name, old.bundle)
    for failing in range(1, 10):
        done: list[str] = []

        def decide(asked: Asked, failing: int = failing, done: list[str] = done) -> Fault:
            if "/resources" in asked.path and asked.method in {"POST", "PUT", "DELETE"}:
                done.append(asked.method)
            return fault if len(done) == failing and asked.method == done[-1] else None

        with far.proxy.doing(decide), suppress(UserError, ODPSError):
            upload(o, name, new.bundle)
            break
        held = [o.open_resource(one.name, mode="rb").read() for one in o.list_resources(prefix=name[:-4])]
        assert contents & set(held), (failing, done)
    assert o.open_resource(name, mode="rb").read() == new.bundle.path.read_bytes()
    assert o.get_resource(name).type.value.lower() == new.bundle.kind
    assert not upload(o, name, new.bundle)
    assert [one.name for one in o.list_resources(prefix=name[:-4])] == [name]
    o.delete_resource(name)
