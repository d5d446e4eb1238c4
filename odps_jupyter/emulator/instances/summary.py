"""What an ended task has cost and moved, as text and as the JSON that PyODPS reads."""

from __future__ import annotations

from .models import Task, Traffic

#: One worker of this many MiB is counted for as long as the task ran: nothing here measures less.
_MEMORY = 1024


def cost(task: Task) -> dict[str, object]:
    """``CPU`` in hundredths of a core and second, ``Memory`` in MiB and second, ``Input`` in bytes."""
    return {
        "Cost": {
            "CPU": round(100 * task.seconds),
            "Memory": round(_MEMORY * task.seconds),
            "Input": sum(one.size for one in task.reads),
        },
        "Inputs": {one.table: [one.rows, one.size] for one in task.reads},
        "Outputs": {one.table: [one.rows, one.size] for one in task.writes},
    }


def _moved(title: str, tables: tuple[Traffic, ...]) -> str:
    lines = (f"    {one.table}: {one.rows} ({one.size} bytes)\n" for one in tables)
    return f"{title}:\n{''.join(lines)}" if tables else ""


def text(task: Task) -> str:
    """The summary for people."""
    minutes = task.seconds / 60
    head = f"resource cost: cpu {minutes:.2f} Core * Min, memory {minutes * _MEMORY / 1024:.2f} GB * Min\n"
    stages = "".join(
        f"{stage.name}:\n    input records: {stage.input_records}\n    output records: {stage.output_records}\n"
        for stage in task.stages
    )
    body = f"{_moved('inputs', task.reads)}{_moved('outputs', task.writes)}Job run time: {task.seconds:.3f}\n{stages}"
    return head + body
