"""A real kernel for one notebook: started beside it, given its cells, and never left behind.

Only the shell channel is listened to: what cells print is not told, so that a cell may print without end and nothing of
it, a key for example, gets into a log. ``jupyter_client`` is what ipykernel itself brings; nbclient, which stands on
it, writes outputs into the notebook and sends no request of its own between cells.
"""

from __future__ import annotations

import ast
import json
import os
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from queue import Empty
from typing import IO, Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager

from odps_jupyter.errors import UserError

from .document import Notebook
from .masking import masked

START_SECONDS = 120.0
#: A kernel that shuts down stops its workers and takes leave of the embedded MaxCompute.
SHUTDOWN_SECONDS = 20.0
_POLL_SECONDS = 0.5
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
    """One kernel process; used as an asynchronous context manager, which starts and stops it."""

    def __init__(self, notebook: Notebook, secrets: Collection[str]) -> None:
        """Args: ``secrets`` are kept out of what is said where the kernel does not start."""
        self._notebook = notebook
        self._secrets = secrets
        self._manager = AsyncKernelManager(kernel_name=notebook.kernel, shutdown_wait_time=SHUTDOWN_SECONDS)
        self._client: AsyncKernelClient | None = None
        self._errors: IO[bytes] | None = None

    async def __aenter__(self) -> Kernel:
        """Start it.

        Raises:
            UserError: there is no such kernel, it is of another language, or it does not start.
        """
        path, name = self._notebook.path, self._notebook.kernel
        try:
            spec = self._manager.kernel_spec
        except NoSuchKernel as error:
            raise UserError(
                f"{path} cannot be run: there is no kernel named {name!r} here.",
                hint="`jupyter kernelspec list` shows those there are.",
            ) from error
        assert spec is not None  # it raises where there is none
        if spec.language.lower() not in _PYTHONS:
            raise UserError(f"{path} cannot be run: its kernel {name!r} runs {spec.language}, not Python.")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - the kernel writes into it until it is stopped
        try:
            await self._start(spec.argv)
        except (OSError, KernelDied) as error:  # TimeoutError is an OSError
            why = self._why(error)
            await self._stop()
            raise UserError(f"{path} cannot be run: the kernel {name!r} does not start{why}.") from error
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    def send(self, source: str, cell: str) -> str:
        """Send a cell as it is written, under the id ``cell``; returns the id of the message."""
        return self._request(source, {"cellId": cell})

    async def reply(self, message: str) -> Reply:
        """Wait for the end of what was sent.

        Raises:
            KernelDied: it does not come.
        """
        content = await self._reply(message)
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
        content = await self._reply(self._request("", {}, silent=True, expressions={"answer": expression}))
        answer = content.get("user_expressions", {}).get("answer", content)
        if answer.get("status") != "ok":
            raise CannotAnswer(f"{answer.get('ename')}: {answer.get('evalue')}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    async def interrupt(self) -> None:
        """What the stop button does."""
        await self._manager.interrupt_kernel()

    async def _start(self, command: Sequence[str]) -> None:
        arguments = [_NO_HISTORY] if any("ipykernel" in word for word in command) else []
        await self._manager.start_kernel(
            extra_arguments=arguments,
            cwd=str(self._notebook.folder),
            env=dict(os.environ),
            # Ours is for the report; and what C code prints there may be anything.
            stdout=self._errors,
            stderr=self._errors,
        )
        self._client = self._manager.client()
        self._client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        await self._reply(self._client.kernel_info(), seconds=START_SECONDS)

    async def _stop(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
            self._client = None
        if self._manager.has_kernel:
            await self._manager.shutdown_kernel()
        if self._errors is not None:
            self._errors.close()

    def _request(
        self, code: str, metadata: dict[str, Any], *, silent: bool = False, expressions: dict[str, str] | None = None
    ) -> str:
        assert self._client is not None
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

    async def _reply(self, message: str, seconds: float = float("inf")) -> dict[str, Any]:
        assert self._client is not None
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

    def _why(self, error: BaseException) -> str:
        """The last thing that its process said, else what the system says."""
        said: list[bytes] = []
        if self._errors is not None:
            self._errors.seek(0)
            said = [line.strip() for line in self._errors.read().splitlines() if line.strip()]
        text = said[-1].decode(errors="replace") if said else str(error)
        return f" ({masked(text, self._secrets)})" if text else ""
