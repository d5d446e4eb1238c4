"""What a library brings: the modules that can be imported from it, and for which Python its binaries are built."""

from __future__ import annotations

import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from odps_jupyter.executor.profiles import Profile

if TYPE_CHECKING:
    from packaging.tags import Tag

_BINARY = re.compile(r"\.(?:so|pyd|dylib)$")
#: ``_multiarray.cpython-37m-x86_64-linux-gnu.so``
_CPYTHON = re.compile(r"\.cpython-(\d)(\d+)([a-z]*)-([\w-]+)\.so$")
_TAG_LINE = re.compile(r"^Tag:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Contents:
    """Attributes:

    modules: top-level names that can be imported.
    binaries: paths of compiled modules.
    tags: what the binaries are built for, as wheels name it; empty where nothing says it, or nothing is compiled.
    """

    modules: frozenset[str]
    binaries: tuple[str, ...] = ()
    tags: frozenset[Tag] = frozenset()


def read_contents(path: Path) -> Contents | None:
    """Look inside a library file; None where it cannot be read.

    Read are .py, and .zip, .whl, .egg, .tar, .tar.gz, .tgz, .tar.bz2 with packages at their root or, as pyodps-pack
    makes them, under ``packages/``.
    """
    if path.suffix == ".py":
        return Contents(frozenset({path.stem}))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if not name.endswith("/")]
                said = "".join(
                    archive.read(name).decode("utf-8", "replace") for name in names if name.endswith("/WHEEL")
                )
        else:
            with tarfile.open(path) as tar:
                names = [member.name for member in tar.getmembers() if member.isfile()]
                said = "".join(
                    handle.read().decode("utf-8", "replace")
                    for name in names
                    if name.endswith("/WHEEL") and (handle := tar.extractfile(name)) is not None
                )
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError):
        return None
    inside = [PurePosixPath(name) for name in names]
    binaries = tuple(str(name) for name in inside if _BINARY.search(name.name))
    return Contents(frozenset(_tops(inside)), binaries, _tags(path.name, said, binaries) if binaries else frozenset())


def loads(contents: Contents, profile: Profile) -> bool:
    """Whether an executor can load the binaries of a library; true where nothing says for what they are built."""
    return not contents.tags or any(_tag_loads(tag, profile) for tag in contents.tags)


def _tag_loads(tag: Tag, profile: Profile) -> bool:
    major, minor = profile.python
    if tag.platform != "any" and not ("linux" in tag.platform and "x86_64" in tag.platform):
        return False
    if tag.abi == "none":
        return tag.interpreter in (f"py{major}", f"py{major}{minor}", f"cp{major}{minor}")
    own = f"cp{major}{minor}"
    if tag.abi == "abi3":
        return major == 3 and tag.interpreter.startswith("cp3") and int(tag.interpreter[3:] or 0) <= minor
    # UCS-2 builds of Python 2 and those with pymalloc before 3.8 carry an "m"; cp27mu is UCS-4.
    return tag.interpreter == own and tag.abi == (f"{own}m" if profile.python < (3, 8) else own)


def _tops(names: list[PurePosixPath]) -> set[str]:
    found = set()
    for name in names:
        parts = name.parts[1:] if name.parts[0] in ("packages", ".") and len(name.parts) > 1 else name.parts
        if parts[0] == "packages" and len(parts) > 1:
            parts = parts[1:]
        if len(parts) == 1:
            if name.suffix == ".py" or _BINARY.search(name.name):
                found.add(parts[0].partition(".")[0])
        elif parts[0].isidentifier() and (name.suffix in (".py", ".pyc") or _BINARY.search(name.name)):
            found.add(parts[0])
    return found


def _tags(file_name: str, said: str, binaries: tuple[str, ...]) -> frozenset[Tag]:
    """From the WHEEL file, else the wheel's name, else the names of the compiled modules."""
    # Most checks look into no library: what reads tags is imported by those that do.
    from packaging.tags import Tag, parse_tag
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    lines = _TAG_LINE.findall(said)
    if lines:
        return frozenset(tag for line in lines for tag in parse_tag(line))
    try:
        return frozenset(parse_wheel_filename(file_name)[3])
    except InvalidWheelFilename:
        pass
    found = set()
    for binary in binaries:
        match = _CPYTHON.search(binary)
        if match:
            major, minor, flags, platform = match.groups()
            found.add(Tag(f"cp{major}{minor}", f"cp{major}{minor}{flags}", platform.replace("-", "_")))
    return frozenset(found)
