"""``python -m odps_jupyter.emulator``: run an embedded MaxCompute until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from .folder import FOLDER_VARIABLE, SECRET_VARIABLE, Folder, FolderError, FolderTaken, open_folder, write_private

if TYPE_CHECKING:
    from .service import Service

#: Seconds a second start waits for the first to be ready, or to be gone.
_START_SECONDS = 100.0
#: Seconds between two looks whether the first is ready.
_LOOK_SECONDS = 0.1
_LAST_PORT = 65535
#: Frames a statement may need to be read, and bytes of stack for them in each thread (used only as needed).
_DEEPEST_FRAMES = 12_000
_STACK_BYTES = 64 * 2**20
#: As MaxCompute names projects.
_PROJECT_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


class _NoPandas(MetaPathFinder):
    """pyarrow imports pandas for its first array where it is installed: half a second, and memory, for nothing here."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("the service does without pandas", name=fullname)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="odps-jupyter emulator",
        description="Run an embedded MaxCompute on this machine. When it is ready it prints one line of JSON with its "
        "endpoint, project, access id and the file that holds the secret.",
        epilog=f"The secret is taken from the environment variable {SECRET_VARIABLE}, or generated.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help=f'where to keep everything, or ":memory:" (default: {FOLDER_VARIABLE}, else in the Jupyter data folder)',
    )
    parser.add_argument("--project", default="embedded", metavar="NAME", help="project to serve (default: embedded)")
    parser.add_argument("--access-id", default="", metavar="ID", help="access id (default: the stored or a random one)")
    parser.add_argument(
        "--idle-timeout", type=float, metavar="SECONDS", help="stop after so long without requests, jobs and clients"
    )
    parser.add_argument("--verbose", action="store_true", help="log requests to stderr")
    return parser


def _say(description: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(description) + "\n")
    sys.stdout.flush()


def _fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


def _take_or_find(folder: Folder) -> FileLock | dict[str, Any] | None:
    """The folder's lock, or what the service that holds it says of itself; ``None`` where it says nothing for long.

    One that starts is waited for. One that ends leaves the folder to us, however far it was when it was met.

    Raises:
        FolderError: the folder cannot be written.
    """
    deadline = time.monotonic() + _START_SECONDS
    patience = 0.0
    while True:
        try:
            return folder.lock(patience)
        except FolderTaken:
            state = folder.running()
        if state is not None or time.monotonic() > deadline:
            return state
        patience = _LOOK_SECONDS


def _serve(folder: Folder, given: argparse.Namespace) -> None:
    # Nothing of what is imported is garbage, and looking for some takes a tenth of the time.
    gc.disable()
    import pyarrow as pa

    from .ground import Ground

    # Arrow's own allocator keeps what a job has used: 70 MB more after a map_reduce over a million rows.
    pa.set_memory_pool(pa.system_memory_pool())
    # PyODPS puts a pair of brackets around every step of a chain: some 50 of them are 1,000 frames of the parser's.
    sys.setrecursionlimit(_DEEPEST_FRAMES)
    threading.stack_size(_STACK_BYTES)
    ground = Ground(folder)
    try:
        ground.warm()
        from .service import Options, Service

        service = Service(folder, Options(given.port, given.project, given.access_id, given.idle_timeout), ground)
        # What is imported stays: it is not looked through again and again.
        gc.freeze()
        gc.enable()
        _run(folder, service)
    finally:
        gc.unfreeze()
        ground.close()


def _run(folder: Folder, service: Service) -> None:
    def ready(description: dict[str, Any]) -> None:
        if not folder.memory:
            write_private(folder.state, json.dumps(description | {"pid": os.getpid()}))
        _say(description)

    try:
        asyncio.run(service.run(ready))
    finally:
        folder.state.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the service; the exit code is 0 after a clean stop or if one runs already, 2 if it cannot run."""
    parser = build_parser()
    given = parser.parse_args(arguments)
    if not 0 <= given.port <= _LAST_PORT:
        parser.error(f"--port {given.port} is no port; give one from 1 to {_LAST_PORT}, or 0 for a free one.")
    if not _PROJECT_NAME.fullmatch(given.project):
        parser.error(f"--project {given.project!r} is no name; use letters, digits and underscores, a letter first.")
    os.umask(0o077)  # whatever this process writes holds the user's data
    logging.basicConfig(
        level=logging.DEBUG if given.verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    folder = open_folder(given.data_dir)
    with ExitStack() as stack:
        if folder.memory:
            stack.callback(shutil.rmtree, folder.root, ignore_errors=True)
        try:
            found = _take_or_find(folder)
        except FolderError as error:
            return _fail(str(error))
        if found is None:
            return _fail(f"Another embedded MaxCompute holds {folder.root} and does not answer; stop it and try again.")
        if not isinstance(found, FileLock):
            _say({name: value for name, value in found.items() if name != "pid"} | {"already_running": True})
            return 0
        stack.callback(found.release)
        try:
            _serve(folder, given)
        except FolderError as error:
            return _fail(str(error))
        except OSError as error:
            return _fail(f"The embedded MaxCompute cannot listen on port {given.port}: {error.strerror or error}.")
    return 0


if __name__ == "__main__":
    sys.meta_path.insert(0, _NoPandas())
    # Arrow's own heap keeps what threads have freed; that of the C library is given back (heap.py). As fast, measured.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    sys.exit(main())
