"""What every suite stands on: a real embedded MaxCompute in a process of its own, one for each worker."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_jupyter.backends.embedded import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The seeded service, shared by the tests of one worker: each makes tables under names of its own."""
    folder = tmp_path_factory.mktemp("emulator")
    with start_service(folder) as process:
        assert process.stdout is not None
        yield Service.from_json(json.loads(process.stdout.readline()))
        process.terminate()


def start_service(folder: Path | str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "odps_jupyter.emulator", "--data-dir", str(folder), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE)
