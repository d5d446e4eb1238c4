"""What the extension costs a kernel, beside ``import pandas`` and ``import odps.df`` measured in the same run.

Run: python tests/benchmarks/bench_kernel.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 5
LOAD = """
import time, comm, ipykernel.ipkernel
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
start = time.perf_counter(); shell.run_line_magic("load_ext", "odps_jupyter"); print(time.perf_counter() - start)
class Info: cell_id, raw_cell = "a", "x = 1\\n" * 5
start = time.perf_counter()
for _ in range(1000): shell.odps_jupyter.before_cell(Info)
print((time.perf_counter() - start) / 1000)
"""
IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(code: str) -> list[float]:
    """The numbers that ``code`` prints, each the median of several fresh processes."""
    runs = [
        [
            float(line)
            for line in subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout.split()
        ]
        for _ in range(RUNS)
    ]
    return [statistics.median(values) for values in zip(*runs, strict=True)]


def main() -> None:
    load, cell = seconds(LOAD)
    (pandas,) = seconds(IMPORT.format("pandas"))
    (pyodps,) = seconds(IMPORT.format("odps.df"))
    print(
        f"%load_ext odps_jupyter   {load * 1e3:7.1f} ms   "
        f"{load / pandas:.3f} of import pandas, {load / pyodps:.3f} of import odps.df"
    )
    print(f"a cell without the magic {cell * 1e6:7.1f} us   (limit 100 us)")


if __name__ == "__main__":
    main()
