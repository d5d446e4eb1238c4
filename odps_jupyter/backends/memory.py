"""How much memory is free on this machine, and in this container."""

from __future__ import annotations

from pathlib import Path

#: The limit, the use and the cache that can be given up, in the files of a control group of version 2 and 1.
_GROUPS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
)


def free_memory(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that a program can still take here, by the machine and by the container's limit."""
    import psutil

    limits = (_in_group(groups, *names) for names in _GROUPS)
    free: int = psutil.virtual_memory().available
    return min([free, *(limit for limit in limits if limit is not None)])


def _in_group(groups: Path, limit: str, use: str, cache: str) -> int | None:
    """https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html, "Memory Interface Files"; None where there is
    no limit.
    """
    try:
        most, used = (
            (groups / limit).read_text(encoding="ascii").strip(),
            int((groups / use).read_text(encoding="ascii")),
        )
        stat = ((groups / use).parent / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    if not most.isdigit():
        return None
    return max(0, int(most) - used + sum(int(line.split()[1]) for line in stat if line.split()[0] == cache))
