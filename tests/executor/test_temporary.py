"""Temporary folders outlive nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from odps_jupyter.executor.temporary import LOCK, TemporaryFolder, sweep

KEEPER = (
    "from odps_jupyter.executor.temporary import TemporaryFolder as T; f = T({!r}); print(f.path, flush=True); input()"
)


def test_what_a_killed_process_left_is_swept() -> None:
    prefix = f"odps-test-{uuid4().hex}-"
    command = [sys.executable, "-c", KEEPER.format(prefix)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        folder = Path(keeper.stdout.readline().strip())
        os.utime(folder / LOCK, (0, 0))
        sweep(prefix)
        assert folder.exists()  # its owner lives
        keeper.send_signal(signal.SIGKILL)
        keeper.wait()
    sweep(prefix)
    assert not folder.exists()


def test_a_young_folder_is_let_be_and_a_closed_one_is_gone() -> None:
    prefix = f"odps-test-{uuid4().hex}-"
    folder = TemporaryFolder(prefix)
    sweep(prefix)
    assert folder.path.exists()
    folder.close()
    assert not folder.path.exists()


def test_a_folder_whose_owner_was_stopped_before_it_locked_it_is_swept() -> None:
    prefix = f"odps-test-{uuid4().hex}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    sweep(prefix)
    assert folder.exists()  # young: its owner may be about to lock it
    os.utime(folder, (0, 0))
    sweep(prefix)
    assert not folder.exists()
