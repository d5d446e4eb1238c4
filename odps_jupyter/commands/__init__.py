"""The subcommands of ``%odps`` and the cell magic ``%%odps``: parse, call, return what to show."""
