"""A real kernel for one notebook: started beside it, given its cells, and never left behind.

Only the shell channel is listened to: what cells print is not told, so that a cell may print without end and nothing of
it, a key for example, gets into a log. ``jupyter_client`` is what ipykernel itself brings; nbclient, which stands on
it, writes outputs into the notebook and sends no request of its own between cells.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager

from odps_jupyter.errors import UserError

from .document import Notebook
from .masking import masked

START_SECONDS = 120.0
#: A kernel that shuts down stops its workers and takes leave of the embedded MaxCompute.
SHUTDOWN_SECONDS = 20.0
_POLL_SECONDS = 0.5
#: Characters of a socket's path, with what jupyter_client adds to it; the system takes about a hundred.
_LONGEST_SOCKET = 90
_PYTHONS = frozenset({"python", "ipython"})
#: Runs of a notebook on a server are no lines for the user's history.
_NO_HISTORY = "--HistoryManager.hist_file=:memory:"


class KernelDied(Exception):
    """The kernel's process ended while something was asked of it."""


class CannotAnswer(Exception):
    """Something of ours failed inside the kernel; the argument says with what."""


@dataclass(frozen=True)
class Reply:
    """What the kernel says of a cell: ``number`` as in ``In[3]``; ``error`` is type and text where it failed."""

    number: int | None
    error: tuple[str, str] | None


class Kernel:
    """A kernel that runs."""

    def __init__(self, manager: AsyncKernelManager, client: AsyncKernelClient) -> None:
        self._manager = manager
        self._client = client

    def send(self, source: str, cell: str) -> str:
        """Send a cell as it is written, under the id ``cell``; returns the id of the message."""
        return self._request(source, {"cellId": cell})

    async def reply(self, message: str) -> Reply:
        """Wait for the end of what was sent.

        Raises:
            KernelDied: it does not come.
        """
        content = await self.answer(message)
        failed = content["status"] != "ok"
        error = (str(content.get("ename", content["status"])), str(content.get("evalue", ""))) if failed else None
        return Reply(content.get("execution_count"), error)

    async def ask(self, module: str, call: str) -> Any:
        """The value of a call of a function of ``module`` that answers JSON; no cell is counted for it.

        Raises:
            KernelDied: the answer does not come.
            CannotAnswer: the call fails in the kernel.
        """
        expression = f"__import__({module!r}, fromlist=['*']).{call}"
        content = await self.answer(self._request("", {}, silent=True, expressions={"answer": expression}))
        answer = content.get("user_expressions", {}).get("answer", content)
        if answer.get("status") != "ok":
            raise CannotAnswer(f"{answer.get('ename')}: {answer.get('evalue')}")
        text = answer["data"]["text/plain"]
        try:
            return json.loads(ast.literal_eval(text))
        except (ValueError, SyntaxError) as error:  # the notebook has changed how texts are shown
            raise CannotAnswer(f"{text[:80]!r} is no answer") from error

    async def answer(self, message: str, seconds: float = float("inf")) -> dict[str, Any]:
        """The content of the reply to a message.

        Raises:
            KernelDied: it does not come.
            TimeoutError: it does not come within so many ``seconds``.
        """
        waited = 0.0
        alive = True
        while alive:
            # Asked before the wait: what it said last is read after its end.
            alive = await self._manager.is_alive()
            try:
                reply = await self._client.get_shell_msg(timeout=_POLL_SECONDS)
            except Empty:
                waited += _POLL_SECONDS
                if waited >= seconds:
                    raise TimeoutError(f"it is silent for {seconds:.0f} seconds") from None
                continue
            alive = True
            if reply["parent_header"].get("msg_id") == message:
                content: dict[str, Any] = reply["content"]
                return content
        raise KernelDied

    async def interrupt(self) -> None:
        """What the stop button does."""
        await self._manager.interrupt_kernel()

    def _request(
        self, code: str, metadata: dict[str, Any], *, silent: bool = False, expressions: dict[str, str] | None = None
    ) -> str:
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": expressions or {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self._client.session.msg("execute_request", content, metadata=metadata)
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])


@asynccontextmanager
async def kernel_of(notebook: Notebook, secrets: Collection[str]) -> AsyncIterator[Kernel]:
    """The notebook's kernel, started; it is shut down at the end, whatever ends it.

    Args:
        secrets: kept out of what is said where it does not start.

    Raises:
        UserError: there is no such kernel, it is of another language, or it does not start.
    """
    spec = _spec(notebook)
    with TemporaryDirectory(prefix="odps-jupyter-run-") as name:
        folder = Path(name)
        connection = str(folder / "kernel.json")
        # Ports are chosen before the kernel takes them, and another run may take them meanwhile.
        transport = "ipc" if os.name == "posix" and len(connection) < _LONGEST_SOCKET else "tcp"
        manager = AsyncKernelManager(
            kernel_name=notebook.kernel,
            transport=transport,
            connection_file=connection,
            shutdown_wait_time=SHUTDOWN_SECONDS,
        )
        said = folder / "said"
        client: AsyncKernelClient | None = None
        try:
            try:
                await _launch(manager, spec, notebook.folder, said)
                client = manager.client()
                client.start_channels(iopub=False, stdin=False, hb=False, control=False)
                kernel = Kernel(manager, client)
                await kernel.answer(client.kernel_info(), START_SECONDS)
            except (OSError, KernelDied) as error:  # a TimeoutError is an OSError
                why = masked(_last_line(said) or str(error), secrets)
                raise UserError(
                    f"{notebook.path} cannot be run: the kernel {notebook.kernel!r} does not start ({why})."
                ) from error
            yield kernel
        finally:
            if client is not None:
                client.stop_channels()
            await _end(manager)


async def _end(manager: AsyncKernelManager) -> None:
    """Shut the kernel down; it is killed where that is interrupted, for servers repeat what they ask."""
    try:
        if manager.has_kernel:
            await manager.shutdown_kernel()
    except asyncio.CancelledError:
        await _whole(manager.shutdown_kernel(now=True))
        raise
    finally:
        await _whole(manager.cleanup_resources())


async def _whole(work: Awaitable[Any]) -> None:
    """Do short work to its end, however often that is interrupted; the interrupt is then passed on."""
    task = asyncio.ensure_future(work)
    interrupted = False
    while not task.done():
        try:
            await asyncio.wait([task])  # which leaves the work alone where it is cancelled itself
        except asyncio.CancelledError:
            interrupted = True
    task.result()
    if interrupted:
        raise asyncio.CancelledError


def _spec(notebook: Notebook) -> KernelSpec:
    path, name = notebook.path, notebook.kernel
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel as error:
        raise UserError(
            f"{path} cannot be run: there is no kernel named {name!r} here.",
            hint="`jupyter kernelspec list` shows those there are.",
        ) from error
    if spec.language.lower() not in _PYTHONS:
        raise UserError(f"{path} cannot be run: its kernel {name!r} runs {spec.language}, not Python.")
    return spec


async def _launch(manager: AsyncKernelManager, spec: KernelSpec, folder: Path, said: Path) -> None:
    """Start its process in ``folder``; ``said`` gets what it writes beside its messages, which may be anything."""
    arguments = [_NO_HISTORY] if any("ipykernel" in word for word in spec.argv) else []
    environment = dict(os.environ)
    with said.open("wb") as stream:
        await manager.start_kernel(
            extra_arguments=arguments, cwd=str(folder), env=environment, stdout=stream, stderr=stream
        )


def _last_line(said: Path) -> str:
    lines = said.read_bytes().splitlines() if said.exists() else []
    return next((line.decode(errors="replace").strip() for line in reversed(lines) if line.strip()), "")
