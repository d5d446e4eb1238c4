"""Lines of ours on their way to IPython: completed from our own words, and read where nothing stands below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .kernel import Kernel

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: Before all matchers of IPython: what they know of Python and of files is not asked where we have an answer.
_PRIORITY = 1_000


class Typed:
    """What IPython asks of lines before it runs them, for one shell."""

    def __init__(self, shell: InteractiveShell, kernel: Kernel) -> None:
        from IPython.core.completer import context_matcher

        self._completer, self._kernel = shell.Completer, kernel
        # It marks what it is given, which a method does not take.
        self._matcher = context_matcher(priority=_PRIORITY, identifier="odps-jupyter")(lambda asked: self._match(asked))
        self._asked = ((shell.Completer.custom_matchers, self._matcher), (shell.input_transformers_cleanup, with_body))
        for held, own in self._asked:
            held.append(own)

    def close(self) -> None:
        """Take it back."""
        for held, own in self._asked:
            held.remove(own)

    def _match(self, context: Any) -> dict[str, Any]:
        from IPython.core.completer import SimpleCompletion

        line = context.text_until_cursor.lstrip()
        if not line.startswith(("%odps ", "%%odps ")):
            return {"completions": []}
        # The parsers are imported when somebody completes.
        from .completion import complete

        begun = line.rpartition(" ")[2]
        if begun.startswith((".", "/", "~")):
            return {**self._completer.file_matcher(context), "suppress": True}
        words = [word for word in complete(line, self._kernel) if word.startswith(begun)]
        found = [SimpleCompletion(text=word, type="magic") for word in words]
        return {"completions": found, "suppress": True, "matched_fragment": begun, "ordered": True}


def with_body(lines: list[str]) -> list[str]:
    """The lines of a cell for IPython, which refuses ``%%odps`` alone itself, ``%%odps --help`` included."""
    return [*lines, "\n"] if len(lines) == 1 and lines[0].split()[:1] == ["%%odps"] else lines


# A terminal asks by the same transformers whether the cell is complete: there it is not, for its body comes next.
with_body.has_side_effects = True  # type: ignore[attr-defined]
