"""Installs exact versions of distributions for an interpreter into a folder, with pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .interpreters import Interpreter

#: Seconds after which an installation is given up; TensorFlow-sized wheels on a slow line take minutes.
SECONDS = 900.0
#: Seconds between two looks at whether to stop: another process, there is no event of its to wait on.
_LOOK = 0.2
_NO_PIP = "No module named pip"
# Bounded tries, no questions, no compiler, no dependencies but those named; works from pip 19 (Python 2.7) on.
_OPTIONS = (
    *("--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"),
    *("--retries", "2", "--timeout", "20"),
)
_CREDENTIALS = re.compile(r"//[^/\s@]+@")


class InstallFailed(Exception):
    """pip is not there or could not do it; the text is its own last word."""


def install(
    interpreter: Interpreter, requirements: Sequence[str], target: Path, stop: threading.Event | None = None
) -> None:
    """Install ``requirements`` (``name==version``, all that is needed) into ``target`` for this interpreter.

    pip of the interpreter itself does it; where it has none, pip of this process's Python, told to run there.

    Raises:
        InstallFailed: there is no pip, or it failed, took longer than ``SECONDS``, or ``stop`` was set meanwhile.
    """
    why = ""
    for command in _pips(interpreter):
        done = _run([*command, "install", *_OPTIONS, "--target", str(target), *requirements], stop)
        if done.returncode == 0:
            # Scripts of the packages; nothing can be started on an executor.
            shutil.rmtree(target / "bin", ignore_errors=True)
            return
        why = why or _last_word(done.stderr)
        if _NO_PIP not in done.stderr:
            raise InstallFailed(_last_word(done.stderr))
    raise InstallFailed(f"{why}; give it pip with `{interpreter.executable} -m ensurepip`")


def _pips(interpreter: Interpreter) -> Iterator[list[str]]:
    isolation = ["-E", "-s"] if interpreter.version[0] == 2 else ["-I"]
    yield [str(interpreter.executable), *isolation, "-m", "pip"]
    yield [sys.executable, "-I", "-m", "pip", "--python", str(interpreter.executable)]


def _run(command: list[str], stop: threading.Event | None) -> subprocess.CompletedProcess[str]:
    # What a user configured for their own environments does not hold for a folder: these two would refuse one.
    environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd="/",
            env=environment,
        )
    except OSError as error:
        raise InstallFailed(f"pip could not be started: {error}") from error
    deadline = time.monotonic() + SECONDS
    with process:
        while True:
            try:
                _, said = process.communicate(timeout=_LOOK)
            except subprocess.TimeoutExpired:
                why = _given_up(deadline, stop)
                if why is None:
                    continue
                process.kill()
                raise InstallFailed(why) from None
            return subprocess.CompletedProcess(command, process.returncode, "", said)


def _given_up(deadline: float, stop: threading.Event | None) -> str | None:
    if stop is not None and stop.is_set():
        return "it was stopped"
    return f"pip did not finish within {SECONDS:g} seconds" if time.monotonic() > deadline else None


def _last_word(text: str) -> str:
    """The line in which pip says what went wrong, without the credentials a registry's address may hold."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    line = (errors or lines or ["pip said nothing"])[-1]
    return _CREDENTIALS.sub("//", line.removeprefix("ERROR:").strip())[:400]
