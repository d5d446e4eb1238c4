"""What a service stands on, without the service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from odps_jupyter.emulator.folder import Folder, FolderError
from odps_jupyter.emulator.ground import Ground
from odps_jupyter.emulator.store import first_row
from odps_jupyter.executor.errors import ExecutorError
from odps_jupyter.executor.interpreters import Interpreter


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(Folder(tmp_path))
    yield ground
    ground.close()


@dataclass(frozen=True)
class Held:
    """A Python that begins, says so, and never comes to an answer."""

    interpreter: Interpreter
    begun: Path

    def wait(self) -> int:
        """The process id, once there is one."""
        with self.begun.open() as told:
            return int(told.readline())


@pytest.fixture
def held(tmp_path: Path) -> Held:
    begun, script = tmp_path / "begun", tmp_path / "starting"
    os.mkfifo(begun)
    script.write_text(f"#!/bin/sh\necho $$ > '{begun}'\nexec tail -f /dev/null\n")
    script.chmod(0o755)
    return Held(Interpreter(script, (3, 11, 0)), begun)


def test_closing_ends_a_python_that_still_starts(tmp_path: Path, held: Held) -> None:
    ground = Ground(Folder(tmp_path))
    with ThreadPoolExecutor(1) as threads:
        starting = threads.submit(ground.pool.warm, held.interpreter)
        process = held.wait()
        ground.close()
        with pytest.raises(ExecutorError, match="The executor is closed"):
            starting.result()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_no_process_is_begun_once_it_is_closed(tmp_path: Path) -> None:
    ground = Ground(Folder(tmp_path))
    pool = ground.pool
    assert ground.pool is pool
    ground.close()
    with pytest.raises(ExecutorError, match="The service stops"):
        _ = ground.pool
    # Who still has the pool cannot begin one either: the program would have left its file.
    begun, script = tmp_path / "begun", tmp_path / "starting"
    script.write_text(f"#!/bin/sh\n: > '{begun}'\n")
    script.chmod(0o755)
    with pytest.raises(ExecutorError, match="The executor is closed"):
        pool.warm(Interpreter(script, (3, 11, 0), environment=tmp_path))
    assert not begun.exists()


def test_a_file_that_is_no_database_is_refused_by_the_name_of_its_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    Path(folder.database).write_text("something else")
    with pytest.raises(FolderError, match=str(tmp_path)):
        Ground(folder)


def test_a_query_that_was_read_once_sees_what_has_changed_since(ground: Ground) -> None:
    query = "SELECT * FROM changing WHERE number = ?"
    with ground.store.reading() as first, ground.store.reading() as second:
        first.execute("CREATE TABLE changing (number BIGINT)")
        first.execute("INSERT INTO changing VALUES (1), (2)")
        assert first_row(first, query, [2]) == (2,)
        assert first_row(second, query, [3]) is None
        first.execute("ALTER TABLE changing ADD COLUMN word TEXT DEFAULT 'a'")
        assert first_row(second, query, [2]) == (2, "a")


def test_every_connection_works_in_utc(ground: Ground) -> None:
    with ground.store.reading() as reading, closing(ground.store.connect()) as working:
        zones = [first_row(one, "SELECT current_setting('TimeZone')") for one in (reading, working)]
    assert zones == [("UTC",), ("UTC",)]
