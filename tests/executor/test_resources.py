"""Resources lie where functions look for them, and nowhere else."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import FunctionError, ResourceError
from odps_jupyter.executor.job import ResourceFile, ResourceTable
from odps_jupyter.executor.pool import Pool

PYTHONS = [(2, 7), (3, 7), (3, 11)]
ONE = pa.record_batch([pa.array(["x"])], names=["s"])


def run(pool: Pool, job, make_function, body: str) -> str:
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    function = make_function(
        "import os\nfrom odps.udf import annotate\nfrom odps.distcache import *\nfrom odps import distcache\n"
        f"@annotate('string->string')\nclass Udf(object):\n    def evaluate(self, s):\n{lines}"
    )
    with pool.session(job, function) as session:
        return session.evaluate(ONE)[0].as_py()


@pytest.fixture
def file(tmp_path: Path) -> ResourceFile:
    path = tmp_path / "blob"
    path.write_text("one\ntwo\n")
    return ResourceFile("words.txt", "file", path)


@pytest.fixture(params=["zip", "tar.gz"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> ResourceFile:
    path = tmp_path / "bundle"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as bundle:
            bundle.writestr("deep/a.txt", "A")
            bundle.writestr("b.txt", "B")
    else:
        with tarfile.open(path, "w:gz") as tar:
            for name, data in (("deep/a.txt", b"A"), ("b.txt", b"B")):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return ResourceFile(f"bundle.{request.param}", "archive", path)


@pytest.mark.parametrize("python", PYTHONS)
def test_file(pool: Pool, make_job, make_function, file, python) -> None:
    job = make_job(python, resources=(file,))
    body = "with get_cache_file('words.txt') as f: return ''.join(l.strip() for l in f) + f.name[-14:]"
    assert run(pool, job, make_function, body) == "onetwowork/words.txt"
    assert run(pool, job, make_function, "return open('work/words.txt').read()") == "one\ntwo\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_archive(pool: Pool, make_job, make_function, archive, python) -> None:
    job = make_job(python, resources=(archive,))
    name = archive.name
    names = f"','.join(os.path.basename(p) for p in distcache.get_cache_archive_filenames('{name}'))"
    assert run(pool, job, make_function, f"return {names}") == "b.txt,a.txt"
    read = f"b''.join(f.read() for f in get_cache_archive('{name}', 'deep')).decode('ascii')"
    assert run(pool, job, make_function, f"return {read}") == "A"
    assert run(pool, job, make_function, f"return open('work/{name}/b.txt').read()") == "B"


@pytest.mark.parametrize("python", PYTHONS)
def test_table_starts_afresh_each_time(pool: Pool, make_job, make_function, python) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        for start in (0, 2):
            yield pa.record_batch([pa.array([start, start + 1]), pa.array(["a", None])], names=["n", "s"])

    table = ResourceTable("lookup", (("n", "bigint"), ("s", "string")), batches)
    body = (
        "a, b = get_cache_table('lookup'), get_cache_table('lookup')\nnext(a)\nreturn repr([list(a)[-1], list(b)[0]])"
    )
    assert run(pool, make_job(python, resources=(table,)), make_function, body) == "[[3, None], [0, 'a']]"


def test_python_resource_can_be_imported(pool: Pool, make_job, make_function, tmp_path) -> None:
    path = tmp_path / "blob"
    path.write_text("value = 'imported'\n")
    job = make_job(resources=(ResourceFile("helper.py", "py", path),))
    assert run(pool, job, make_function, "import helper\nreturn helper.value") == "imported"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("get_cache_file('missing')", "missing is not among the resources"),
        ("get_cache_table('missing')", "missing is not among the resources"),
        ("get_cache_file('../../secret')", "Invalid resource name"),
        ("list(get_cache_archive('words.txt', '../..'))", "Invalid relative path"),
    ],
)
def test_what_is_not_there_is_said(pool: Pool, make_job, make_function, file, call, message) -> None:
    with pytest.raises(FunctionError, match=message):
        run(pool, make_job(resources=(file,)), make_function, call)


def test_broken_and_missing_resources_are_named(pool: Pool, make_job, make_function, file, tmp_path) -> None:
    broken = ResourceFile("broken.zip", "archive", file.path)
    with pytest.raises(ResourceError, match=r"broken\.zip cannot be unpacked"):
        run(pool, make_job(resources=(broken,)), make_function, "return s")
    gone = ResourceFile("gone.txt", "file", tmp_path / "gone")
    with pytest.raises(ResourceError, match=r"gone\.txt is gone from disk"):
        run(pool, make_job(resources=(gone,)), make_function, "return s")


def test_a_resource_cannot_be_changed(pool: Pool, make_job, make_function, file) -> None:
    job = make_job(resources=(file,))
    with pytest.raises(FunctionError, match="writing files outside"):
        run(pool, job, make_function, "open('work/words.txt', 'a')")
    assert file.path.read_text() == "one\ntwo\n"


def test_unpacked_archives_are_kept_in_a_given_scratch_folder(make_job, make_function, archive, tmp_path) -> None:
    scratch = tmp_path / "scratch"
    seen = []
    for _ in range(2):
        with Pool(scratch=scratch) as pool:
            path = f"return os.path.realpath('work/{archive.name}')"
            seen.append(run(pool, make_job(resources=(archive,)), make_function, path))
    assert seen[0] == seen[1]
    assert not [path for path in scratch.iterdir() if path.name.startswith("sessions-")]
