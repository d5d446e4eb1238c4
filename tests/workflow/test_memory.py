"""Tables and results larger than the kernel's memory: refused before they are read, with what to do, and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from odps_jupyter.backends.memory import free_memory
from odps_jupyter.backends.room import Room
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.widths import weight
from odps_jupyter.errors import UserError
from odps_jupyter.sizes import bytes_of
from odps_jupyter.workflow.session import Session

ROWS, WIDTH = 3_000, 1_000
MOST = 1_000_000


@pytest.fixture
def wide(session: Session, o: Any) -> Iterator[Any]:
    """3,000 rows that take more than 3 MB, in two partitions, while a kernel may read 1 MB at once."""
    session.set_terms(replace(session.terms, room=Room(MOST)))
    table = o.create_table(f"wide_{uuid4().hex}", ("n bigint, text string", "part string"))
    for part in ("a", "b"):
        with table.open_writer(partition=f"part={part}", create_partition=True) as writer:
            writer.write([[n, "x" * WIDTH] for n in range(ROWS // 2)])
    yield table
    table.drop()


def refused(run: Any) -> str:
    with pytest.raises(UserError) as caught:
        run()
    return str(caught.value)


def test_a_sample_that_would_not_fit_is_not_read(session: Session, o: Any, wide: Any) -> None:
    frame = wide.to_df()
    session.set_backend("pandas", Sample(None))
    assert re.fullmatch(
        rf"Table {wide.name} has 3,000 rows of about 1\.\d kB to be read, 3\.\d MB in all, and 1\.0 MB may be taken "
        r"of this kernel's memory at once\. Nothing was read\. Take a smaller sample, such as `--sample 900`, or leave "
        r"the work to MaxCompute: `--backend maxcompute`; `%odps memory SIZE` sets another limit\.",
        refused(lambda: frame.count().execute()),
    )
    # Each partition would fit by itself, and what is asked for counts.
    half = frame.filter_parts("part=a")
    assert "has 1,500 rows" in refused(lambda: half.count().execute())
    session.set_backend("pandas", Sample(100))
    assert frame.count().execute() == 100
    o.execute_sql(f"CREATE VIEW {wide.name}_view AS SELECT n, text FROM {wide.name}")
    try:
        seen = o.get_table(f"{wide.name}_view").to_df()
        session.set_backend("pandas", Sample(None))
        assert f"Table {wide.name}_view has 3,000 rows" in refused(lambda: seen.count().execute())
    finally:
        o.execute_sql(f"DROP VIEW {wide.name}_view")
    session.set_terms(replace(session.terms, room=Room(50_000)))
    session.set_backend("pandas", Sample(100))
    assert "has 100 rows" in refused(lambda: frame.count().execute()), "a limit that was asked for holds for few, too"
    session.set_terms(replace(session.terms, room=Room(100 * MOST)))
    session.set_backend("pandas", Sample(None))
    assert frame.count().execute() == ROWS


def test_a_table_that_would_be_downloaded_is_not(wide: Any) -> None:
    frame = wide.to_df()
    for rows, shape in (
        ("3,000", frame),
        ("3,000", frame[frame.n, frame.text]),
        ("1,500", frame.filter_parts("part=a")),
        ("1,500", frame[frame.part == "b"]),
        ("2,000", frame[:2_000]),
        ("3,000", frame[[frame.text.rename("said")]]),
    ):
        said = refused(shape.execute)
        assert said.startswith(f"Table {wide.name} has {rows} rows of about 1.")
        assert "Nothing was read. Read some, `.head(100)`, " in said
        assert len(shape.head(7)) == 7
    assert len(frame[:7].execute()) == 7
    assert len(frame[frame.part == "a"][["n"]].execute()) == ROWS // 2


def test_a_result_that_would_not_fit_stays_in_its_project(wide: Any, o: Any) -> None:
    frame = wide.to_df()
    longer = frame[frame.n + 1, (frame.text + "y").rename("text")]
    said = refused(lambda: longer.execute())
    assert said.startswith("The result has 3,000 rows of about 1.")
    found = re.search(r"until the kernel ends it is table (tmp_pyodps_\w+) of project (\w+)", said)
    assert found is not None
    assert found[2] == o.project
    kept = o.get_table(found[1])
    try:
        with kept.open_reader() as reader:
            assert reader.count == ROWS
        assert "`.head(100)`" in said
        assert "`.persist('NAME')`" in said
    finally:
        kept.drop()
    assert len(longer.head(7)) == 7
    assert longer.n.sum().execute() == sum(range(ROWS // 2)) * 2 + ROWS


def test_the_limit_follows_what_is_free(tmp_path: Path) -> None:
    assert Room(free=lambda: 1_000).most == 500
    assert Room(free=lambda: None).most is None
    assert Room(7, free=lambda: 1_000).most == 7
    assert [bytes_of(text) for text in ("2GB", "1.5 mb", "7")] == [2_000_000_000, 1_500_000, 7]
    assert "is no size" in refused(lambda: bytes_of("much"))
    assert free_memory(tmp_path / "none") > 5_000
    group = tmp_path / "group"
    group.mkdir()
    (group / "memory.max").write_text("5000\n", encoding="utf-8")
    (group / "memory.current").write_text("4000\n", encoding="utf-8")
    (group / "memory.stat").write_text("anon 1\ninactive_file 500\n", encoding="utf-8")
    assert free_memory(group) == 1_500
    (group / "memory.max").write_text("max\n", encoding="utf-8")
    assert free_memory(group) > 5_000


def test_what_values_of_containers_weigh() -> None:
    numbers = np.zeros(10_000)
    assert weight(numbers[1:]) > 8 * 9_999, "what a view shows"
    assert weight(np.array(["x" * 1_000, "y" * 1_000], dtype=object)) > 2_000
    assert weight({"k": ["x" * 1_000]}) > 1_000
