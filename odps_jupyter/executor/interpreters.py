"""Finds an interpreter of exactly the Python version a profile names."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .sites import top_level

_PROBE_SECONDS = 60
# Runs on every Python from 2.7 on; site directories are asked of the interpreter, never guessed. What a compiled
# package is built for besides the version: on Python 2 the width of its texts, later the flags.
_PROBE = """
import json, platform, sys, sysconfig
try:
    import site
    sites = site.getsitepackages()
except (ImportError, AttributeError):
    sites = [entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
flags = getattr(sys, "abiflags", "ucs4" if sys.maxunicode > 65535 else "ucs2")
sys.stdout.write(json.dumps({
    "version": sys.version_info[:3],
    "sites": sites,
    "implementation": platform.python_implementation(),
    "abi": [flags, sysconfig.get_platform()],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """One Python that is here.

    ``packages`` tells for each importable top-level name outside the standard library its site directory; ``abi`` is
    what compiled packages have to fit besides the version: the build's flags (``ucs2`` or ``ucs4`` for Python 2) and
    the platform. An interpreter that environments.py has equipped brings a profile's packages in a folder that holds
    nothing else, ``environment``; ``absent`` says of packages that the profile has and that are not here why not.
    """

    executable: Path
    version: tuple[int, int, int]
    packages: Mapping[str, Path] = field(default_factory=dict, hash=False)
    abi: tuple[str, str] = ("", "")
    environment: Path | None = None
    absent: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def python(self) -> tuple[int, int]:
        return self.version[:2]


def find(python: tuple[int, int], known: Iterable[Path] = (), packages: Iterable[str] = ()) -> Interpreter | None:
    """The first candidate of exactly this version, one that has all ``packages`` before one that lacks some.

    Candidates, in this order: ``known`` (what kernels registered), this process's own interpreter, pyenv's and uv's
    versions, ``pythonX.Y``, ``pythonX`` and ``python`` anywhere on PATH. Only CPython with its lock counts, which is
    what MaxCompute runs; of Python 2 one with narrow texts (``cp27m``) goes before one with wide ones. None where
    there is no such interpreter; never silently another version.
    """
    wanted = tuple(packages)
    best: Interpreter | None = None
    best_score = -1
    for candidate in _candidates(python, known):
        interpreter = probe(candidate)
        if interpreter is None or interpreter.python != python:
            continue
        score = 2 * sum(name in interpreter.packages for name in wanted) + (interpreter.abi[0] != "ucs4")
        if score > best_score:
            best, best_score = interpreter, score
        if score == 2 * len(wanted) + 1:
            break
    return best


def probe(executable: Path) -> Interpreter | None:
    """Ask an executable what it is; None if it is no CPython that starts."""
    try:
        stamp = executable.stat().st_mtime_ns
    except OSError:
        return None
    answer = _ask(executable, stamp)
    if answer is None:
        return None
    version, sites, abi = answer
    return Interpreter(executable, version, _top_level(sites), abi)


# Keyed by the file's time as well: an interpreter replaced in place is asked again. Packages are not cached here,
# because a user may install one while a long-lived service runs.
@functools.lru_cache(maxsize=256)
def _ask(executable: Path, stamp: int) -> tuple[tuple[int, int, int], tuple[Path, ...], tuple[str, str]] | None:
    # Python 2 knows no -I and says so with exit code 2; -E -s is what it has of it.
    for isolation in (["-I"], ["-E", "-s"]):
        try:
            done = subprocess.run(
                [str(executable), *isolation, "-c", _PROBE],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PROBE_SECONDS,
                check=False,
                cwd="/",
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode == 0:
            break
    else:
        return None
    try:
        answer = json.loads(done.stdout)
        major, minor, micro = answer["version"]
        flags, platform = answer["abi"]
        # PyPy, and CPython without its lock or with debugging, load other bytecode or other compiled packages.
        if answer["implementation"] != "CPython" or {"t", "d"}.intersection(flags):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    return (major, minor, micro), tuple(Path(entry) for entry in answer["sites"]), (flags, platform)


def _candidates(python: tuple[int, int], known: Iterable[Path]) -> Iterator[Path]:
    major, minor = python
    seen: set[Path] = set()
    for place in _places(major, minor, known):
        # Not resolved: a virtual environment's python is a link, and following it would lose the environment.
        if place not in seen and place.exists():
            seen.add(place)
            yield place


def _places(major: int, minor: int, known: Iterable[Path]) -> Iterator[Path]:
    """Looked for one after the other: folders are read only where nothing before them was right."""
    yield from known
    if sys.version_info[:2] == (major, minor):
        yield Path(sys.executable)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for root, pattern in ((pyenv, f"{major}.{minor}[.-]*"), (uv, f"cpython-{major}.{minor}[.-]*")):
        # Newest first; a name such as 3.11.7 sorts by its numbers.
        versions = sorted(root.glob(pattern), key=_version_key, reverse=True)
        yield from (version / "bin" / f"python{major}.{minor}" for version in versions)
    for folder in os.get_exec_path():
        yield from (Path(folder) / name for name in (f"python{major}.{minor}", f"python{major}", "python"))


def _version_key(path: Path) -> list[int]:
    return [int(part) for part in path.name.replace("-", ".").split(".") if part.isdigit()]


def _top_level(sites: Iterable[Path]) -> dict[str, Path]:
    packages: dict[str, Path] = {}
    for site in sites:
        # The first that has a package is the one it is imported from.
        packages = {**dict.fromkeys(top_level(site), site), **packages}
    return packages
