"""Packages, modules and folders as libraries: from wheels made here, by pip as it is configured, to real executors."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.backends.target import Target
from odps_jupyter.backends.upload import upload
from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import profile_for
from odps_jupyter.workflow import packing
from odps_jupyter.workflow.packing import Packed, pack

LINUX = "manylinux2014_x86_64"


def make_wheel(
    folder: Path,
    name: str,
    version: str,
    files: dict[str, str],
    tag: str = "py3-none-any",
    requires: tuple[str, ...] = (),
) -> Path:
    path = folder / f"{name}-{version}-{tag}.whl"
    facts = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {one}\n" for one in requires)
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in files.items():
            archive.writestr(inside, text)
        archive.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
        archive.writestr(f"{facts}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{facts}/RECORD", "")
    return path


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place pip looks in."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def packed(words: list[str], folder: Path, o: Any = None, tag: str = "cp311", image: str | None = None) -> Packed:
    folder.mkdir(parents=True)
    return pack(words, Target(profile_for(tag, image, None)), folder, o)


def names_in(made: Packed) -> set[str]:
    with zipfile.ZipFile(made.bundle.path) as archive:
        return set(archive.namelist())


def test_dependencies_by_the_markers_of_the_executor(links: Path, tmp_path: Path) -> None:
    needs = ("old; python_version<'3.8'", "new; python_version>='3.8'", "numpy>=1.20")
    make_wheel(links, "tool", "1.0", {"tool.py": ""}, requires=needs)
    make_wheel(links, "old", "1.0", {"old.py": ""}, requires=("deeper; python_version<'3.8'",))
    make_wheel(links, "deeper", "1.0", {"deeper.py": ""})
    make_wheel(links, "new", "1.0", {"new.py": ""})
    seven = packed(["tool"], tmp_path / "7", tag="cp37")
    assert {"tool.py", "old.py", "deeper.py"} <= names_in(seven)
    assert "new.py" not in names_in(seven)
    eleven = packed(["tool"], tmp_path / "11")
    assert {"tool.py", "new.py"} <= names_in(eleven)
    assert "old.py" not in names_in(eleven)
    # NumPy is in no folder that pip was told of: the runtime has it.
    assert eleven.from_image == ("numpy==1.26.4",)
    assert not any(name.startswith("numpy") for name in names_in(eleven))


def test_extras_and_the_data_folders_of_a_wheel(links: Path, tmp_path: Path) -> None:
    files = {"wide-1.0.data/purelib/wide.py": "", "wide-1.0.data/scripts/wide": "#!python\n"}
    make_wheel(links, "wide", "1.0", files, requires=("more; extra == 'all'", "never; extra == 'other'"))
    make_wheel(links, "more", "1.0", {"more.py": ""})
    made = packed(["wide[all]"], tmp_path / "made")
    assert {"wide.py", "more.py"} <= names_in(made)
    assert not any("data/" in name for name in names_in(made))


def test_what_of_the_image_does_not_fit_is_packed_too(links: Path, tmp_path: Path) -> None:
    make_wheel(links, "tool", "1.0", {"tool.py": ""}, requires=("numpy>=2",))
    make_wheel(links, "numpy", "2.1", {"numpy/__init__.py": "__version__ = '2.1'"})
    made = packed(["tool"], tmp_path / "made")
    assert "numpy/__init__.py" in names_in(made)
    assert made.parts[0].startswith("numpy-2.1")  # first, whoever needs it
    assert made.bundle.kind == "archive"  # only what is unpacked goes before the runtime's own
    assert made.remarks == ("it replaces numpy 1.26.4 of the plain cp311 runtime, which does not fit",)


def test_refusals_are_one_sentence_each(links: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(links, "fast", "1.0", {"fast.py": ""}, tag=f"cp310-cp310-{LINUX}")
    make_wheel(links, "fast", "1.0", {"fast.py": ""}, tag=f"cp39-cp39-{LINUX}")
    make_wheel(links, "foreign", "1.0", {"foreign.py": ""}, tag="cp311-cp311-win_amd64")
    make_wheel(links, "tool", "1.0", {"tool.py": ""})
    (links / "rough-2.0.tar.gz").write_bytes(b"")
    said = {}
    for number, word in enumerate(("fast", "foreign", "rough", "nothing-of-this-name", "tool==9", "a b", "./gone.py")):
        with pytest.raises(UserError) as caught:
            packed([word], tmp_path / str(number))
        said[word] = caught.value.message
    assert said == {
        "fast": "fast has no wheel for cp311; it has wheels for cp39, cp310.",
        "foreign": "foreign has no wheel that the executor can load (Python cp311, Linux x86_64, glibc 2.17); "
        "it has wheels for cp311, of other systems or needing another Python.",
        "rough": "rough exists only as source, and nothing is compiled here.",
        "nothing-of-this-name": "pip finds no package named nothing-of-this-name.",
        "tool==9": "There is no tool==9; there is tool 1.0.",
        "a b": "'a b' names no package.",
        "./gone.py": "There is nothing to pack at ./gone.py.",
    }
    monkeypatch.setattr(packing, "DATAWORKS_LIMIT", 100)
    target = Target(profile_for("cp311", None, None))
    assert pack(["tool"], target, tmp_path / "from a PC", None).bundle.size > 100
    with pytest.raises(UserError, match=r"^Packed they are \d+ bytes, and DataWorks takes 0 MiB as a resource\."):
        pack(["tool"], target, tmp_path / "from DataWorks", None, dataworks=True)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the port that discards: nothing listens
    with pytest.raises(UserError, match=r"^pip cannot reach the place it downloads from"):
        packed(["tool"], tmp_path / "offline")


def test_the_same_content_is_uploaded_once(links: Path, tmp_path: Path, o: Any) -> None:
    wheel = make_wheel(links, "once", "1.0", {"once/__init__.py": "VALUE = 3"})
    first = packed([str(wheel)], tmp_path / "a")
    again = packed(["once==1.0"], tmp_path / "b")
    assert first.name == again.name
    assert first.bundle.kind == "file"  # pure: no unpacking needed
    assert upload(o, first.name, first.bundle)
    before = o.get_resource(first.name).last_modified_time
    assert not upload(o, again.name, again.bundle)
    assert o.get_resource(first.name).last_modified_time == before
    make_wheel(links, "once", "1.0", {"once/__init__.py": "VALUE = 4"})
    other = packed(["once"], tmp_path / "c")
    assert other.name != first.name
    assert upload(o, first.name, other.bundle)  # under the name of before it is replaced
    o.create_resource("packing_foreign.zip", "file", file_obj=b"not ours")
    with pytest.raises(UserError, match="that %odps pack did not make"):
        upload(o, "packing_foreign.zip", first.bundle)


def test_modules_folders_and_namespaces_are_found_on_the_executor(tmp_path: Path, o: Any, iris: Any) -> None:
    (tmp_path / "packing_helper.py").write_text("def double(x):\n    return x * 2\n")
    package = tmp_path / "packing_package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "left.pyc").write_bytes(b"")
    (package / "__init__.py").write_text(
        "import pathlib\nSIZE = int((pathlib.Path(__file__).parent / 'size.txt').read_text())\n"
    )
    (package / "size.txt").write_text("7")
    loose = tmp_path / "packing_loose" / "inner"
    loose.mkdir(parents=True)
    (loose / "__init__.py").write_text("ONE = 1\n")
    words = [str(tmp_path / "packing_helper.py"), f"{package}/", f"{loose.parent}/"]
    made = packed(words, tmp_path / "made")
    assert made.bundle.kind == "archive"
    assert not any("pycache" in name for name in names_in(made))
    upload(o, made.name, made.bundle)

    def use(x: float) -> float:
        import packing_helper
        import packing_loose.inner
        import packing_package

        return float(packing_helper.double(0) + packing_package.SIZE + packing_loose.inner.ONE)

    total = iris.sepal_length.map(use, rtype="float").max().execute(libraries=[made.name])
    assert float(total) == 8.0


def test_the_first_of_two_archives_wins_in_either_order(tmp_path: Path, o: Any, iris: Any) -> None:
    """PyODPS alone makes a set of the libraries: which one is found changes from process to process."""
    for who in ("first", "second"):
        with zipfile.ZipFile(tmp_path / f"packing_{who}.zip", "w") as archive:
            archive.writestr("packing_twin/__init__.py", f"WHO = {who!r}\n")
            archive.writestr(f"packing_only_{who}.py", "")
        with (tmp_path / f"packing_{who}.zip").open("rb") as stream:
            o.create_resource(f"packing_{who}.zip", "archive", fileobj=stream)

    def who(x: float) -> str:
        import packing_only_first
        import packing_only_second
        import packing_twin

        return packing_twin.WHO + str(bool(packing_only_first and packing_only_second))

    for order in (["packing_first.zip", "packing_second.zip"], ["packing_second.zip", "packing_first.zip"]):
        made = packed(order, tmp_path / order[0].removesuffix(".zip"), o)
        upload(o, made.name, made.bundle)
        assert made.remarks == (f"packing_twin is that of {order[0]}; the one of {order[1]} is left out",)
        found = iris.sepal_length.map(who, rtype="string").max().execute(libraries=[made.name])
        assert str(found) == order[0].removeprefix("packing_").removesuffix(".zip") + "True"


@pytest.mark.parametrize("tag", ["cp37", "cp311"])
def test_a_binary_wheel_is_an_archive_that_the_real_executor_opens(
    links: Path, tmp_path: Path, o: Any, tag: str
) -> None:
    abi = "cp37m" if tag == "cp37" else tag
    name = f"native_{tag}"
    files = {f"{name}/__init__.py": "VALUE = 5\n", f"{name}/_core.so": "stands for machine code"}
    make_wheel(links, name, "1.0", files, tag=f"{tag}-{abi}-{LINUX}")
    made = packed([name], tmp_path / "made", tag=tag)
    assert made.bundle.kind == "archive"
    assert upload(o, made.name, made.bundle)
    code = (
        f"import sys\nfrom odps.udf import annotate\nsys.path.insert(0, 'work/{made.name}')\nimport {name} as native\n"
        "@annotate('bigint->string')\nclass Use(object):\n    def evaluate(self, x):\n"
        "        return '%d.%d %d' % (sys.version_info[0], sys.version_info[1], native.VALUE + x)\n"
    )
    resource = o.create_resource(f"packing_{tag}.py", "py", file_obj=code)
    o.create_function(
        f"packing_{tag}", class_type=f"packing_{tag}.Use", resources=[resource, o.get_resource(made.name)]
    )
    instance = o.execute_sql(f"select packing_{tag}(1)", hints={"odps.sql.python.version": tag})
    with instance.open_reader(tunnel=False) as reader:
        assert "3.7 6" in reader.raw if tag == "cp37" else "3.11 6" in reader.raw


def test_an_archive_for_another_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "native.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("native/__init__.py", "")
        archive.writestr("native/_core.cpython-310-x86_64-linux-gnu.so", "")
    with pytest.raises(UserError, match=r"native\.zip is built for cp310 .*, and the executor is cp311"):
        packed([str(path)], tmp_path / "made")
