"""What errors say on one line."""

from __future__ import annotations

import re

#: A line of a traceback that names a file and a line in it.
FRAME = re.compile(r'^\s+File "([^"]+)", line (\d+)', re.MULTILINE)
#: PyODPS puts the ids of request and instance on a line of their own before what the service says.
_IDS = re.compile(r"(?:InstanceId|RequestId): ")


def message_of(text: str) -> str:
    """What a text of the service says went wrong: the exception of a traceback, else its first line without ids."""
    if FRAME.search(text):
        return exception_line(text)
    lines = text.strip().splitlines()
    return next((line for line in lines if not _IDS.search(line)), first_line(text))


def exception_line(text: str) -> str:
    """``ZeroDivisionError: division by zero`` of a text that holds a traceback; the text's first line without one."""
    lines = text.splitlines()
    frames = [at for at, line in enumerate(lines) if FRAME.search(line)]
    after = lines[frames[-1] + 1 :] if frames else []
    found = next((line for line in after if line and not line[0].isspace()), None)
    # MaxCompute adds which of its instances it was.
    return (found or first_line(text)).partition(" | fatalInstance:")[0].strip()


def first_line(said: object) -> str:
    """What an error or a text says, on one line."""
    return (str(said).strip().splitlines() or [""])[0]
