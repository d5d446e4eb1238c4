"""The file of a notebook's history: bounded, whole, and written by several kernels at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.backends.sample import Sample
from odps_jupyter.workflow.history import store as stores
from odps_jupyter.workflow.history.entry import Entry, entry_json, entry_of
from odps_jupyter.workflow.history.keeper import History
from odps_jupyter.workflow.history.store import Store
from odps_jupyter.workflow.records import Records
from odps_jupyter.workflow.run import RunRecord, SentJob, plain

JOB = SentJob("20261123_1", "embedded", "http://127.0.0.1:1/api")
RUN = RunRecord(1, "maxcompute", Sample(), "embedded", 100.0, 2.0, "ok", id="a", jobs=(JOB,))


def entry(name: str, started: float = 0.0) -> Entry:
    return replace(entry_of(RUN, "k", "here"), id=name, started=started)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "folder" / "history.jsonl")


def test_a_later_word_takes_the_place_of_an_earlier_one(store: Store) -> None:
    store.put(entry("a", 1.0))
    store.put(entry("b", 2.0))
    store.put(replace(entry("a", 1.0), status="stopped"))
    assert [(one.id, one.status) for one in store.read()] == [("b", "ok"), ("a", "stopped")]
    assert store.read()[0].jobs == (JOB,)


def test_the_oldest_go_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MOST_RUNS", 3)
    for number in range(5):
        store.put(entry(str(number), number))
    assert [one.id for one in store.read()] == ["2", "3", "4"]
    monkeypatch.setattr(stores, "MOST_BYTES", 2 * len(json.dumps(entry_json(entry("9", 9.0)))) + 10)
    store.put(entry("5", 5.0))
    assert [one.id for one in store.read()] == ["4", "5"]
    assert sorted(path.suffix for path in store.path.parent.iterdir()) == [".jsonl", ".lock"]


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda line: line[:40],
        lambda line: "[1, 2]",
        lambda line: line.replace('"version": 1', '"version": 2'),
        lambda line: line.replace('"status": "ok"', '"status": "fine"'),
        lambda line: line.replace('"started": 1.0', '"started": "soon"'),
        lambda line: line.replace('"jobs": [', '"jobs": [3, '),
        lambda line: line.replace('"rows"', '"sworn"'),
        lambda line: "\x00\ud800",
    ],
)
def test_lines_that_cannot_be_read_are_left_out(store: Store, spoiled: Callable[[str], str]) -> None:
    store.put(entry("a", 1.0))
    line = store.path.read_text()
    store.path.write_text(spoiled(line.strip()) + "\n" + line, encoding="utf-8", errors="surrogatepass")
    assert [one.id for one in store.read()] == ["a"]
    store.put(entry("b", 2.0))
    assert [one.id for one in store.read()] == ["a", "b"]


def test_kernels_at_once_lose_nothing(store: Store) -> None:
    with ThreadPoolExecutor(4) as kernels:
        list(kernels.map(lambda number: Store(store.path).put(entry(str(number), number)), range(40)))
    assert {one.id for one in store.read()} == {str(number) for number in range(40)}


def test_a_folder_that_cannot_be_used_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    told: list[str] = []
    history = History({"JPY_SESSION_NAME": "/work/a.ipynb"}, {}, told.append)
    for number in range(3):
        history.note(replace(RUN, id=str(number)), None, amend)
    assert len(told) == 1
    assert "the history of runs is not kept" in told[0]
    assert not history.kept
    assert len(history.recent(10)) == 3
    history.close()


def test_what_is_known_of_the_notebook_holds_over_what_is_told() -> None:
    assert History({"JPY_SESSION_NAME": "/work/a.ipynb"}, {}, print).notebook == "/work/a.ipynb"
    assert History({}, {"__vsc_ipynb_file__": "/work/b.ipynb"}, print).notebook == "/work/b.ipynb"
    assert History({}, {}, print).notebook is None


def test_what_is_kept_follows_a_renamed_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    first = root / "sub" / "a.ipynb"
    first.touch()
    # Jupyter Server gives a kernel that is started anew the name that the notebook had.
    environ = {"JPY_SESSION_NAME": str(first)}

    def kept(notebook: Path) -> list[str]:
        return [one.id for one in History({"JPY_SESSION_NAME": str(notebook)}, {}, print).recent(10)]

    history = History(environ, {}, print)
    history.note(RUN, None, amend)
    (root / "other.ipynb").touch()
    history.tell("other.ipynb", str(root))
    assert (history.notebook, kept(root / "other.ipynb")) == (str(first), []), "another notebook in the same kernel"

    second = first.rename(root / "sub" / "b.ipynb")
    history.tell("sub/gone.ipynb", str(root))
    history.tell("elsewhere/b.ipynb")
    assert history.notebook == str(first), "there is no such notebook"
    history.tell("sub/b.ipynb")
    history.note(replace(RUN, id="b", started=101.0), None, amend)
    assert (history.notebook, kept(second), kept(first)) == (str(second), ["b", "a"], [])
    assert [one.id for one in history.recent(10)] == ["b", "a"]
    history.close()

    again = History(environ, {}, print)
    again.note(replace(RUN, id="c", started=102.0), None, amend)
    again.tell("sub/b.ipynb", str(root))
    third = second.rename(root / "c.ipynb")
    again.tell("c.ipynb", str(root))
    assert (kept(third), kept(second), kept(first)) == (["c", "b", "a"], [], [])
    again.close()

    unknown = History({}, {}, print)
    unknown.tell("a.ipynb")
    unknown.note(replace(RUN, id="d"), None, amend)
    unknown.tell("b.ipynb")
    assert unknown.notebook == "b.ipynb"
    assert [one.id for one in unknown.recent(10)] == ["d"]
    unknown.close()


def test_a_copy_of_a_notebook_goes_on_from_its_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    first, second = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    first.touch()
    second.touch()

    def kept(notebook: Path) -> list[str]:
        return [one.id for one in History({"JPY_SESSION_NAME": str(notebook)}, {}, print).recent(10)]

    history = History({"JPY_SESSION_NAME": str(first)}, {}, print)
    history.copy("b.ipynb", str(tmp_path))
    history.note(RUN, None, amend)
    history.note(
        replace(RUN, id="b", started=101.0, status="running", jobs=(SentJob("1", "p", "http://h"),)), None, amend
    )
    history.copy("gone.ipynb", str(tmp_path))
    history.copy("a.ipynb", str(tmp_path))
    history.copy("b.ipynb", str(tmp_path))
    # What still runs is the first one's.
    assert (kept(first), kept(second)) == (["b", "a"], ["a"])
    history.note(replace(RUN, id="c", started=102.0), None, amend)
    assert (kept(first), kept(second)) == (["c", "b", "a"], ["a"])
    history.close()

    told = History({}, {}, print)
    told.copy("other.ipynb")
    told.tell("first.ipynb")
    told.note(replace(RUN, id="d"), None, amend)
    told.copy("other.ipynb")
    told.close()
    other = History({}, {}, print)
    other.tell("other.ipynb")
    assert [one.id for one in other.recent(10)] == ["d"]
    other.close()


def test_endpoints_are_kept_without_what_may_be_secret() -> None:
    assert plain("https://user:word@host:80/api?token=x#y") == "https://host:80/api"


def amend(_number: int, **_changes: Any) -> None:
    raise AssertionError("nobody was asked")


def test_a_run_whose_job_is_sent_first_is_noted_to_go_on_in_the_background() -> None:
    noted: list[RunRecord] = []
    records = Records(lambda: None, noted.append)
    future: Future[None] = Future()
    with records.run("maxcompute", Sample(rows=10), "embedded") as number:
        add = records.adder("jobs")
        assert add is not None
        add(SentJob("20261123", "embedded", "http://127.0.0.1:1/api"))
        records.in_background(number, future)
        # The kernel may be killed now.
        assert noted[-1].background
    future.set_result(None)
    assert (noted[-1].status, noted[-1].background) == ("ok", True)


def test_who_waits_for_a_run_in_the_background_hears_of_its_end_after_it() -> None:
    heard: list[tuple[str, bool]] = []
    endings: list[Future[None]] = []
    records = Records(lambda: None, lambda run: heard.append((run.status, any(one.done() for one in endings))))
    future: Future[None] = Future()
    with records.run("maxcompute", Sample(rows=10), "embedded") as number:
        endings.append(records.in_background(number, future))
    future.set_result(None)
    assert heard[-1] == ("ok", False), "one who woke earlier would be told that it runs"
    assert endings[0].done()


def test_a_run_that_failed_goes_on_after_its_cell_and_has_failed_all_the_same() -> None:
    noted: list[RunRecord] = []
    records = Records(lambda: None, noted.append)
    with pytest.raises(ZeroDivisionError), records.run("maxcompute", Sample(rows=10), "embedded") as number:
        _ = 1 / 0
    with records.going_on(number):
        with records.going_on(number):
            pass
        assert (noted[-1].status, noted[-1].kind) == ("running", None)
    assert (noted[-1].status, noted[-1].kind) == ("error", "ZeroDivisionError")
