"""pip as a program of its own, and what its refusals mean, in one sentence each.

Which registry it asks is the user's configuration of pip; nothing here names one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from odps_jupyter.errors import UserError

from .target import Target

#: Seconds after which a download is given up: large wheels on a slow line take minutes.
SECONDS = 1800.0
# A kernel has colours forced on: here the text is read.
_OPTIONS = ("--only-binary=:all:", "--no-input", "--no-color", "--disable-pip-version-check", "--progress-bar", "off")
_UNFOUND = re.compile(r"No matching distribution found for (.+?)(?: \(from .*\))?$", re.MULTILINE)
_OFFLINE = re.compile(r"Could not fetch URL \S+: (?:connection error|timed out)|NewConnectionError|NameResolutionError")
_FILE = re.compile(r"([\w.+!%-]+\.(?:whl|tar\.gz|zip|tar\.bz2))")
_CREDENTIALS = re.compile(r"//[^/\s@]+@")


class Conflict(Exception):
    """The requirements cannot all be met; the text is pip's."""


def download(target: Target, requirements: Sequence[str], folder: Path, extra: Sequence[str] = ()) -> None:
    """Put wheels for ``requirements`` and what they need into ``folder``.

    Args:
        extra: more options of ``pip download``.

    Raises:
        Conflict: no set of versions meets all of them.
        UserError: there is no pip, no network, no such package, or no wheel of it for the executor.
    """
    said = _run(target, requirements, folder, extra)
    if said is None:
        return
    if "No module named pip" in said:
        raise UserError(
            "There is no pip in this kernel's Python.", hint=f"Give it one: `{sys.executable} -m ensurepip`."
        )
    if "ResolutionImpossible" in said or "conflicting dependencies" in said:
        raise Conflict(_last_word(said))
    unfound = _UNFOUND.search(said)
    if unfound is None:
        if _OFFLINE.search(said):
            raise _offline()
        raise UserError(
            f"pip could not download {', '.join(requirements)}: {_last_word(said)}",
            hint="`pip config list` shows its settings.",
        )
    raise _why_unfound(target, unfound[1].strip(), folder)


def _run(target: Target, requirements: Sequence[str], folder: Path, extra: Sequence[str]) -> str | None:
    """What pip said where it failed, None where it did not."""
    command = [sys.executable, "-m", "pip", "download", *_OPTIONS, *target.pip_options(), "--dest", str(folder)]
    try:
        done = subprocess.run(
            [*command, *extra, "--", *requirements],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "PIP_REQUIRE_VIRTUALENV": "0"},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(
            f"pip did not download {', '.join(requirements)} within {SECONDS:.0f} seconds.", hint="Check the network."
        ) from error
    return None if done.returncode == 0 else done.stdout


def _why_unfound(target: Target, wanted: str, folder: Path) -> UserError:
    """Ask again, of this one alone and with all that pip looks at, and say what there is instead."""
    try:
        requirement = Requirement(wanted)
    except InvalidRequirement:
        return UserError(f"pip finds nothing for {wanted!r}.", hint="Check how it is written.")
    said = _run(target, [wanted], folder, ["--no-deps", "-vvv"]) or ""
    name = canonicalize_name(requirement.name)
    wheels = list(_wheels(said, name))
    sources = set(_sources(said, name))
    if not wheels and not sources:
        if _OFFLINE.search(said):
            return _offline()
        return UserError(
            f"pip finds no package named {requirement.name}.",
            hint="Check the name; `pip config list` shows where pip looks.",
        )
    versions = {version for version, _ in wheels} | sources
    meant = {version for version in versions if requirement.specifier.contains(version, prereleases=True)}
    if not meant:
        known = ", ".join(map(str, sorted(versions)[-10:]))
        return UserError(f"There is no {wanted}; there is {requirement.name} {known}.", hint="Choose one of these.")
    pythons = {python for version, python in wheels if version in meant}
    if not pythons:
        return UserError(
            f"{wanted} exists only as source, and nothing is compiled here.",
            hint=f"Build a wheel for {target.tag} on Linux x86_64 with `pip wheel`, then pack that file.",
        )
    listed = ", ".join(sorted(pythons, key=_by_number))
    if target.tag in pythons or "py3" in pythons:
        return UserError(
            f"{wanted} has no wheel that the executor can load (Python {target.tag}, Linux x86_64, glibc 2.17); "
            f"it has wheels for {listed}, of other systems or needing another Python.",
            hint="Try an older version, or one built for manylinux2014.",
        )
    return UserError(
        f"{wanted} has no wheel for {target.tag}; it has wheels for {listed}.",
        hint="Choose another version of it, or another --python.",
    )


def _wheels(said: str, name: str) -> Iterator[tuple[Version, str]]:
    """Version and Python of each wheel of ``name`` that pip came across."""
    for file in set(_FILE.findall(said)):
        try:
            distribution, version, _, tags = parse_wheel_filename(file.replace("%2B", "+"))
        except InvalidWheelFilename:
            continue
        if distribution == name:
            yield from ((version, tag.interpreter) for tag in tags)


def _sources(said: str, name: str) -> Iterator[Version]:
    for file in set(_FILE.findall(said)):
        try:
            distribution, version = parse_sdist_filename(file)
        except InvalidSdistFilename:
            continue
        if distribution == name:
            yield version


def _by_number(python: str) -> tuple[str, int]:
    letters = python.rstrip("0123456789")
    return letters, int(python[len(letters) + 1 :] or 0)


def _offline() -> UserError:
    return UserError(
        "pip cannot reach the place it downloads from.",
        hint="Check the network and `pip config list`; a wheel that is here already is packed by its path.",
    )


def _last_word(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    line = (errors or lines or ["it said nothing"])[-1]
    return _CREDENTIALS.sub("//", line.removeprefix("ERROR:").strip())[:400]
