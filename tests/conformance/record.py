"""Write results.json: ``python -m tests.conformance.record [AREA ...]`` from the project's folder.

Runs the programs of these areas (all where none is named) on pandas and on a new embedded service, prints what fails,
and leaves the verdicts of other areas as they are. The file is the same on every machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from odps import ODPS, options

from odps_jupyter.backends.embedded import Service
from tests.conftest import start_service

from .backends import PandasBackend, ServiceBackend
from .library import programs
from .model import Program
from .verdict import check, recorded

RESULTS = Path(__file__).with_name("results.json")


def main(areas: list[str]) -> int:
    options.verbose = False
    chosen = programs(*areas)
    with tempfile.TemporaryDirectory() as folder, start_service(folder) as process:
        assert process.stdout is not None
        service = Service.from_json(json.loads(process.stdout.readline()))
        o = ODPS(service.access_id, service.secret(), project=service.project, endpoint=service.endpoint)
        emulator = ServiceBackend(o, "emulator")
        entries = {str(program): _entry(program, emulator) for program in chosen}
        process.terminate()
    old = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    known = {f"{entry['area']}.{entry['program']}": entry for entry in old} | entries
    kept = [known[str(program)] for program in programs() if str(program) in known]
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    failed = [entry for entry in entries.values() if entry["emulator"] == "failed"]
    sys.stdout.write(f"{len(entries)} programs, {len(failed)} failed\n")
    return 1 if failed else 0


def _entry(program: Program, emulator: ServiceBackend) -> dict[str, Any]:
    try:
        check(program, PandasBackend(emulator.o), [emulator])
    except Exception as error:  # noqa: BLE001 - a program that fails is what is recorded
        sys.stdout.write(f"FAILED {program}: {type(error).__name__}: {str(error)[:2000]}\n")
        return recorded(program).entry() | {"emulator": "failed"}
    return recorded(program).entry()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
