"""``python -m odps_jupyter.cli``: the command ``odps-jupyter``, for where its script is not on PATH."""

from __future__ import annotations

from . import main

if __name__ == "__main__":
    raise SystemExit(main())
