"""The data folder: where everything the service keeps lies, who may read it, and which service runs on it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from odps_jupyter.executor.temporary import sweep

#: What the health answer of a running service is called.
SERVICE_NAME = "odps-jupyter-emulator"
#: Folders of this name are swept: nothing else may be called so.
_MEMORY_PREFIX = "odps-jupyter-memory-"
#: Seconds a service that runs may take to say so, on a machine that has much else to do.
_ANSWER_SECONDS = 20
FOLDER_VARIABLE = "ODPS_JUPYTER_DATA_DIR"
SECRET_VARIABLE = "ODPS_JUPYTER_EMULATOR_SECRET"


class FolderError(Exception):
    """The data folder cannot be used; the message is one sentence that says what to do."""


class FolderTaken(Exception):
    """Another service holds the folder."""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@dataclass(frozen=True)
class Folder:
    """Paths below one data folder. ``memory`` means that the folder is a throw-away one without a database file."""

    root: Path
    memory: bool = False

    @property
    def database(self) -> str:
        return ":memory:" if self.memory else str(self.root / "emulator.duckdb")

    @property
    def blobs(self) -> Path:
        """Contents of resources, one file each."""
        return self.root / "blobs"

    @property
    def libraries(self) -> Path:
        """Seeded libraries packed again for the Pythons of other kernels."""
        return self.root / "libraries"

    @property
    def results(self) -> Path:
        """Results of SELECT instances as Arrow files."""
        return self.root / "results"

    @property
    def executor(self) -> Path:
        """Archives that the executor unpacked, kept from one start to the next."""
        return self.root / "executor"

    @property
    def scratch(self) -> Path:
        """Uploads and bodies on their way; emptied at each start."""
        return self.root / "scratch"

    @property
    def secret(self) -> Path:
        return self.root / "secret"

    @property
    def access_id(self) -> Path:
        return self.root / "access_id"

    @property
    def state(self) -> Path:
        return self.root / "service.json"

    @property
    def port(self) -> Path:
        """Which port the service had last: clients know it, and what they left, by its endpoint."""
        return self.root / "port"

    def lock(self, seconds: float = 0.0) -> FileLock:
        """Take the folder for this process, and wait so long for it.

        Raises:
            FolderTaken: another process has it.
            FolderError: the folder cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(self.root / "lock", mode=0o600)
            lock.acquire(timeout=seconds)
        except Timeout as error:
            raise FolderTaken from error
        except OSError as error:
            raise FolderError(unusable(self.root, error)) from error
        return lock

    def prepare(self) -> None:
        """Make what is missing and empty the scratch folder; call it with the lock held.

        Raises:
            FolderError: the folder cannot be written.
        """
        try:
            shutil.rmtree(self.scratch, ignore_errors=True)
            self._sweep()
            for path in (self.blobs, self.libraries, self.results, self.executor, self.scratch):
                path.mkdir(exist_ok=True, mode=0o700)
            probe = self.scratch / "probe"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
        except OSError as error:
            raise FolderError(unusable(self.root, error)) from error

    def _sweep(self) -> None:
        """Delete what :func:`write_private` and the packing of libraries were making when they were killed."""
        for path in (self.secret, self.access_id, self.state, self.port):
            for unfinished in self.root.glob(f"{path.name}.{'[0-9a-f]' * 8}"):
                unfinished.unlink()
        for unfinished in self.libraries.glob(f"*.{'[0-9a-f]' * 32}"):
            unfinished.unlink()

    def remember_secret(self, access_id: str) -> tuple[str, bytes]:
        """The access id and secret of this folder: from the environment, else the stored ones, else new ones.

        Each stands alone in a 0600 file, so that whoever may read the file needs no format to use it. An empty
        ``access_id`` takes the stored or a random one.

        Raises:
            FolderError: a file cannot be read or written.
        """
        access_id = _remember(self.access_id, access_id, lambda: f"local{secrets.token_hex(10)}")
        secret = _remember(self.secret, os.environ.get(SECRET_VARIABLE, ""), lambda: secrets.token_urlsafe(30))
        return access_id, secret.encode()

    def last_port(self) -> int:
        """The port the service had last; 0 where that is not known."""
        try:
            return int(self.port.read_text())
        except (OSError, ValueError):
            return 0

    def remember_port(self, port: int) -> None:
        """The service listens there now.

        Raises:
            FolderError: the file cannot be written.
        """
        _remember(self.port, str(port), str)

    def running(self) -> dict[str, Any] | None:
        """What ``service.json`` says, if the service it names is alive and answers; else ``None``."""
        try:
            state = json.loads(self.state.read_text())
            os.kill(int(state["pid"]), 0)
            health = f"{state['endpoint'].removesuffix('/api')}/odps-jupyter/health"
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(health, timeout=_ANSWER_SECONDS) as answer:
                content = json.load(answer)
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            # Gone, never finished starting, or someone else's port by now: the state is stale.
            return None
        return dict(state) if content.get("name") == SERVICE_NAME else None


def unusable(path: Path, error: Exception) -> str:
    """The one sentence for a folder or file that cannot be used."""
    cause = error.__cause__ or error
    reason = getattr(cause, "strerror", None) or str(cause).partition("\n")[0] or type(cause).__name__
    return (
        f"The data folder of the embedded MaxCompute cannot be used ({path}: {reason}); "
        "free or fix it, or name another one with --data-dir."
    )


def _remember(path: Path, given: str, generate: Callable[[], str]) -> str:
    try:
        stored = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        value = given or stored or generate()
        if value != stored:
            write_private(path, value)
    except (OSError, ValueError) as error:
        raise FolderError(unusable(path, error)) from error
    return value


def open_folder(data_dir: str | None) -> Folder:
    """The folder ``--data-dir`` names: a path, ``:memory:``, or the default below the Jupyter data folder."""
    if data_dir == ":memory:":
        sweep(_MEMORY_PREFIX)
        return Folder(Path(tempfile.mkdtemp(prefix=_MEMORY_PREFIX)), memory=True)
    if data_dir is not None:
        return Folder(Path(data_dir).expanduser().absolute())
    if os.environ.get(FOLDER_VARIABLE):
        return open_folder(os.environ[FOLDER_VARIABLE])
    from jupyter_core.paths import jupyter_data_dir

    return Folder(Path(jupyter_data_dir()) / "odps-jupyter" / "emulator")
