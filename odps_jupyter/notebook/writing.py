"""Changed cells put back into the file they were read from; everything else stays as it was, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from .jsontext import Value, items_of, sources_in
from .reading import code_ranges, decode

#: Lines of a text with what ends them; what ends a line as JSON writes it is an escape.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_RAW_LINE = re.compile(r"(?:[^\\]|\\[^n])*?\\n|(?:[^\\]|\\[^n])+", re.DOTALL)
_ENDED_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def write(path: Path, sources: Sequence[str]) -> None:
    """Give the code cells of a notebook or script, in document order, these sources.

    Lines that stay keep their bytes: escapes, indentation and line ends. So does all that is no source.

    Raises:
        OSError: the file cannot be read or written.
    """
    data = path.read_bytes()
    written = _notebook(data, sources) if path.suffix == ".ipynb" else _script(data, str(path), sources)
    path.write_bytes(written)


def _notebook(data: bytes, sources: Sequence[str]) -> bytes:
    text = data.decode("utf-8")
    found = list(sources_in(text))
    for held, source in reversed(list(zip(found, sources, strict=True))):
        if held is None:
            continue
        before = "".join(held.value) if isinstance(held.value, list) else str(held.value)
        if source != before:
            made = _list(text, held, source) if isinstance(held.value, list) else _string(text, held, source)
            text = text[: held.start] + made + text[held.end :]
    return text.encode("utf-8")


def _list(text: str, held: Value, source: str) -> str:
    """The array of lines at ``held`` with the lines of ``source``; a line keeps what stands before it."""
    items = list(items_of(text, held.start))
    quote = _quoting(text)
    lines = _LINE.findall(source)
    if not items:
        return f"[{', '.join(map(quote, lines))}]"
    opening = text[held.start + 1 : items[0].start]
    between = text[items[0].end : items[1].start] if len(items) > 1 else f",{opening or ' '}"
    ends = [items[0].end, *(item.end for item in items)]
    made = ""
    for tag, start, end, new_start, new_end in _changes([str(item.value) for item in items], lines):
        for number in range(new_start, new_end):
            at = start + number - new_start
            paired = at < end
            apart = text[ends[at] : items[at].start] if paired and at else between
            line = text[items[at].start : items[at].end] if tag == "equal" else quote(lines[number])
            made += (apart if made else opening) + line
    return f"[{made}{text[items[-1].end : held.end]}"


def _string(text: str, held: Value, source: str) -> str:
    """The string at ``held`` with the lines of ``source``."""
    raw = _RAW_LINE.findall(text[held.start + 1 : held.end - 1])
    before = [str(json.loads(f'"{line}"', strict=False)) for line in raw]
    quote = _quoting(text)
    if before != _LINE.findall(str(held.value)):
        return quote(source)  # a line end written in an unusual way
    made = _merged(before, _LINE.findall(source), raw, lambda line: quote(line)[1:-1])
    return f'"{"".join(made)}"'


def _quoting(text: str) -> Callable[[str], str]:
    """How the file writes what is not ASCII; half a surrogate pair has no other form than its escape."""

    def quote(line: str) -> str:
        escaped = text.isascii() or any("\ud800" <= letter <= "\udfff" for letter in line)
        return json.dumps(line, ensure_ascii=escaped)

    return quote


def _script(data: bytes, name: str, sources: Sequence[str]) -> bytes:
    text, encoding = decode(data, name)
    lines = text.split("\n")
    raw = _ENDED_LINE.findall(data.decode(encoding))
    newline = "\r\n" if b"\r\n" in data else "\n"
    for (start, end), source in sorted(zip(code_ranges(lines), sources, strict=True), reverse=True):
        if source == "\n".join(lines[start:end]):
            continue
        is_last = end == len(lines)
        kept = raw[start:end]
        new = source.split("\n")
        if is_last and new[-1] == "":
            new.pop()  # the file ends with a line end, behind which is no line
        ended = [line + "\n" for line in new]
        if is_last and not source.endswith("\n"):
            ended[-1] = ended[-1].removesuffix("\n")
        before = [re.sub(r"\r\n?", "\n", line) for line in kept]
        raw[start:end] = _merged(before, ended, kept, lambda line: line.replace("\n", newline))
    return "".join(raw).encode(encoding)


def _merged(
    before: Sequence[str], after: Sequence[str], kept: Sequence[str], make: Callable[[str], str]
) -> Iterator[str]:
    """The lines of ``after``: those that stand in ``before`` as ``kept`` has them, the others made anew."""
    for tag, start, end, new_start, new_end in _changes(before, after):
        yield from kept[start:end] if tag == "equal" else map(make, after[new_start:new_end])


def _changes(before: Sequence[str], after: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
