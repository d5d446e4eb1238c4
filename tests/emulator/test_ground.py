"""What a service stands on, without the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from odps_jupyter.emulator.folder import Folder, FolderError
from odps_jupyter.emulator.ground import Ground
from odps_jupyter.emulator.store import first_row
from odps_jupyter.executor.errors import ExecutorError


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(Folder(tmp_path))
    yield ground
    ground.close()


def test_no_process_is_begun_once_it_is_closed(tmp_path: Path) -> None:
    ground = Ground(Folder(tmp_path))
    ground.warm()
    assert ground.pool is ground.pool
    ground.close()
    with pytest.raises(ExecutorError, match="The service stops"):
        _ = ground.pool


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
