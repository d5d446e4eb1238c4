"""Gives an interpreter the packages of its profile, from an environment made once by exact version.

An environment is a folder of installed distributions and nothing else, below the user's cache folder. pip makes it, and
pip's own configuration says from which registry.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from . import installer
from .errors import EnvironmentUnavailable, InterpreterError
from .interpreters import Interpreter, find
from .profiles import Profile

#: Seconds for which an environment that could not be made, and that is not needed for certain, is not tried again.
RETRY = 300.0
#: Seconds between two looks at whether to stop waiting for another process.
_LOOK = 0.2
#: Raise it when the folder is laid out anew.
_LAYOUT = 1


def interpreter_for(
    profile: Profile,
    known: Iterable[Path] = (),
    folder: Path | None = None,
    stop: threading.Event | None = None,
) -> Interpreter:
    """An interpreter of exactly the profile's Python, with its packages.

    Args:
        known: executables to ask first.
        folder: where environments are kept; in the user's cache folder unless told.
        stop: set while packages are being installed, it ends that at once.

    Raises:
        InterpreterError: there is no such Python here.
        EnvironmentUnavailable: the image's packages are not here and could not be installed.
    """
    found = find(profile.python, known, () if profile.pinned else profile.packages)
    if found is None:
        wanted = ".".join(map(str, profile.python))
        raise InterpreterError(
            f"The executor profile {profile.name} needs Python {wanted} and none was found here; install it "
            "(on PATH, with pyenv or with uv) or choose another one with the hint odps.sql.python.version."
        )
    return equip(profile, found, folder, stop)


def equip(
    profile: Profile, interpreter: Interpreter, folder: Path | None = None, stop: threading.Event | None = None
) -> Interpreter:
    """The interpreter with the profile's packages.

    Where the vendor documents the versions, they come from an environment of the profile's own or not at all. Where it
    does not (the plain runtime), what the interpreter has installed is as good; if it lacks them, an environment is
    made, and if that fails, importing them says why.

    Raises:
        EnvironmentUnavailable: documented packages could not be installed.
    """
    missing = [name for name in profile.packages if name not in interpreter.packages]
    if not profile.packages or (not missing and not profile.pinned):
        return interpreter
    if not profile.requirements:
        why = f"it is not installed in the Python that runs this function, {interpreter.executable}"
        return replace(interpreter, absent=dict.fromkeys(missing, why))
    root = (folder or user_cache_path("odps-jupyter", appauthor=False)) / "environments"
    try:
        made = _environment(root, profile, interpreter, stop or threading.Event())
    except EnvironmentUnavailable as error:
        if profile.pinned:
            raise
        return replace(interpreter, absent=dict.fromkeys(missing, str(error)))
    return replace(interpreter, packages=dict.fromkeys(profile.packages, made), environment=made)


def _environment(root: Path, profile: Profile, interpreter: Interpreter, stop: threading.Event) -> Path:
    """The profile's environment for this kind of interpreter; made by the first who asks, the others wait for it."""
    key = json.dumps([_LAYOUT, sorted(profile.requirements), interpreter.abi])
    name = f"{profile.name}-{profile.image or 'plain'}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    target, refusal = root / name, root / f"{name}.failed"
    if target.is_dir():
        return target
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _held(FileLock(root / f"{name}.lock"), stop):
            if target.is_dir():
                return target
            if not profile.pinned:
                _raise_if_refused_lately(refusal)
            return _make(root, target, refusal, profile, interpreter, stop)
    except Timeout as error:
        raise EnvironmentUnavailable(_sentence(profile, interpreter, "another process is still at it")) from error
    except OSError as error:
        raise EnvironmentUnavailable(_sentence(profile, interpreter, str(error))) from error


@contextmanager
def _held(lock: FileLock, stop: threading.Event) -> Iterator[None]:
    """Hold ``lock``; raises its Timeout after as long as another process may work, or once ``stop`` is set."""
    deadline = time.monotonic() + installer.SECONDS + 60
    while True:
        try:
            lock.acquire(timeout=_LOOK)
        except Timeout:
            if stop.is_set() or time.monotonic() > deadline:
                raise
            continue
        break
    try:
        yield
    finally:
        lock.release()


def _make(
    root: Path, target: Path, refusal: Path, profile: Profile, interpreter: Interpreter, stop: threading.Event
) -> Path:
    # Only the holder of the lock is here, so whatever is being built is what a killed process left.
    for left in root.glob(f"{target.name}.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    building = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=root))
    try:
        installer.install(interpreter, profile.requirements, building, stop)
        building.chmod(0o755)
        building.rename(target)
    except installer.InstallFailed as failure:
        sentence = _sentence(profile, interpreter, str(failure))
        if not stop.is_set():
            refusal.write_text(sentence, encoding="utf-8")
        raise EnvironmentUnavailable(sentence) from failure
    finally:
        shutil.rmtree(building, ignore_errors=True)
    refusal.unlink(missing_ok=True)
    return target


def _raise_if_refused_lately(refusal: Path) -> None:
    if refusal.exists() and time.time() - refusal.stat().st_mtime < RETRY:
        raise EnvironmentUnavailable(refusal.read_text(encoding="utf-8"))


def _sentence(profile: Profile, interpreter: Interpreter, why: str) -> str:
    wanted = ", ".join(requirement.replace("==", " ") for requirement in profile.requirements[:3])
    more = len(profile.requirements) - 3
    image = f"image {profile.image}" if profile.image else "plain runtime"
    return (
        f"The {image} of {profile.name} has {wanted}{f' and {more} more' if more > 0 else ''}, which could not be "
        f"installed for {interpreter.executable}: {why.rstrip('.')}. Connect to your package registry (pip's own "
        "configuration names it) and run the job again, or use the image 'bare', which has no packages."
    )
