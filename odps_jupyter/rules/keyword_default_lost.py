"""The default of a keyword-only parameter is lost on the way, and a call leaves the parameter out.

PyODPS 0.13.2 pickles a function without ``__kwdefaults__``, whatever the Pythons on both sides: the executor ends with
``TypeError: missing 1 required keyword-only argument``; on pandas it works. It happens to functions, lambdas and
methods of the notebook. Those of a library travel by name, and what a body makes is made there, with its defaults.

Example::

    def net(price, *, rate=0.13):
        return price * (1 - rate)
    orders.price.map(net)

Fix: take the ``*`` away, or give the keyword in the call. Functions that travel as source (``%odps ship source``) keep
the defaults.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set

from odps_jupyter.analysis.attributes import lookup
from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.values import Binding, Class, Function, Instance, Mapping, Partial, Wrapped

from .carried import within
from .facts import Definition, cell_facts, dotted
from .handing import Handing
from .model import EXECUTOR, Diagnostic, Edit, Fix
from .places import handing_call
from .subject import ShippedCode, Subject

CODE, KIND = "ODP127", "keyword-default-lost"
#: What PyODPS calls of a class that is handed over.
_CALLED = frozenset({"__init__", "__call__", "buffer", "merge", "getvalue", "close"})
#: What calls its ``key``, and what calls its first argument.
_SORTING, _MAPPING = frozenset({"sorted", "min", "max", "sort"}), frozenset({"map", "filter", "reduce"})
_STAR = re.compile(r"\*\s*,\s*$")


def check(subject: Subject) -> Iterator[Diagnostic]:
    if subject.setting.source:
        return
    for code in subject.shipped:
        given = code.facts.node.args
        lost = [each for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is not None]
        calls = _Calls(subject, code) if lost else None
        left_out = [each for each in lost if calls is not None and calls.leave_out(each.arg)]
        if left_out:
            names = " and ".join(each.arg for each in left_out)
            message = (
                f"{code.body.name} loses the default of {names} on its way: PyODPS pickles no defaults of keyword-only "
                "parameters. Take the * away, or give the keyword in the call."
            )
            fix = _without_star(code)
            span = Span(code.body.cell, left_out[0].lineno, left_out[0].col_offset,
                        left_out[-1].end_lineno or left_out[-1].lineno, left_out[-1].end_col_offset or 0)  # fmt: skip
            yield Diagnostic(CODE, KIND, "error", span, message, (code.journey.name,), EXECUTOR, fix)


class _Calls:
    """What calls the body of ``code`` on one journey: PyODPS, and the bodies that travel with it."""

    def __init__(self, subject: Subject, code: ShippedCode) -> None:
        self._code = code
        self._bodies = [each for each in subject.shipped if each.journey is code.journey]
        self._passed = Handing(handing_call(subject.evidence, code.journey.call), code.journey.call.role).passed
        self._said = self._keywords()

    def leave_out(self, parameter: str) -> bool:
        """Whether one of them surely does not give the keyword ``parameter``."""
        if self._passed is None or self._said is None or not self._is_called():
            return False
        if parameter not in self._said:
            return True
        target, key = self._code.journey.target, self._code.body.key
        if isinstance(target, Function) and target.key == key and parameter not in self._passed:
            return True
        return any(
            isinstance(value := each.outside(call.func.id), Function)
            and value.key == key
            and parameter not in [keyword.arg for keyword in call.keywords]
            for each in self._bodies
            for call in each.facts.calls
            if isinstance(call.func, ast.Name)
        )

    def _keywords(self) -> Set[str] | None:
        """All keywords that anything on the journey is called with; None: not known."""
        said = set(self._passed or ())
        for each in self._bodies:
            rest = _passed_on(each)
            for keyword in [keyword for call in each.facts.calls for keyword in call.keywords]:
                if keyword.arg is not None:
                    said.add(keyword.arg)
                elif rest is None or not isinstance(keyword.value, ast.Name) or keyword.value.id != rest:
                    return None  # of what it was called with itself, each call says the keywords
        for value in [self._code.journey.target, *[held for each in self._bodies for held in each.body.names.values()]]:
            said.update(name for part in within(value) if isinstance(part, Partial) for name, _ in part.keywords)
        return said

    def _is_called(self) -> bool:
        """Whether it is called at all: a class travels with all its methods, a function wherever it is named."""
        if not _is_method(self._code):
            return self._is(self._code.journey.target) or any(
                self._is_called_in(each, call)
                for each in self._bodies
                if each is not self._code
                for call in each.facts.calls
            )
        target, name = self._code.journey.target, self._code.body.name.rpartition(".")[2]
        if name in _CALLED and self._has(target, name):
            return not (name == "__init__" and isinstance(target, Instance))
        return any(self._is_call(each, call.func, name) for each in self._bodies for call in each.facts.calls)

    def _is_called_in(self, code: ShippedCode, call: ast.Call) -> bool:
        """Whether a call in ``code`` calls the function, or hands it to what calls what it is given."""
        if self._is(_named(code, call.func)):
            return True
        caller = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
        if isinstance(call.func, ast.Attribute) and caller != "sort":
            return False  # a method of that name may do anything with it
        if caller in code.facts.own or isinstance(code.body.names.get(caller or ""), (Function, Class, Instance)):
            return False
        given = [each.value for each in call.keywords if each.arg == "key" and caller in _SORTING]
        given += call.args[:1] if caller in _MAPPING else []
        return any(self._is(_named(code, each)) for each in given)

    def _is(self, value: Binding) -> bool:
        """Whether calling ``value`` calls the function."""
        while isinstance(value, (Partial, Wrapped)):
            value = value.target if isinstance(value, Partial) else value.function
        return isinstance(value, Function) and value.key == self._code.body.key

    def _is_call(self, code: ShippedCode, function: ast.expr, name: str) -> bool:
        """Whether an expression that is called is the method ``name``."""
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            of = function.value.id
            return function.attr == name and (self._has(code.outside(of), name) or self._is_own(code, of, name))
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call):
            return function.attr == name and dotted(function.value.func) == "super" and code is not self._code
        value = code.outside(function.id) if isinstance(function, ast.Name) else None
        called = {Class: "__init__", Instance: "__call__"}.get(value.__class__)
        return called == name and self._has(value, name)

    def _is_own(self, code: ShippedCode, of: str, name: str) -> bool:
        """Whether ``self.name`` in a method may be it: its class has no other of that name."""
        other = f"{code.body.name.rpartition('.')[0]}.{name}"
        has_other = other != self._code.body.name and any(each.body.name == other for each in self._bodies)
        return of in ("self", "cls") and code is not self._code and not has_other

    def _has(self, value: Binding, name: str) -> bool:
        """Whether the body is the method ``name`` of a class, or of an object of it."""
        of = value.of if isinstance(value, Instance) else value
        found = lookup(of, name) if isinstance(of, Class) else None
        return isinstance(found, Function) and found.key == self._code.body.key


def _named(code: ShippedCode, node: ast.expr) -> Binding:
    """What a name is, or an entry of a dict: that of a constant key, or the only one there is."""
    if isinstance(node, ast.Name):
        return code.outside(node.id)
    held = code.outside(node.value.id) if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) else None
    if not isinstance(held, Mapping) or not isinstance(node, ast.Subscript):
        return None
    if isinstance(node.slice, ast.Constant):
        wanted = node.slice.value
        found = [value for key, value in held.items if key in (wanted, None)]
    else:
        found = [value for _, value in held.items]
    return found[0] if len(found) == 1 else None


def _passed_on(code: ShippedCode) -> str | None:
    """The ``**`` parameter of a body that does nothing with it but pass it on; None where there is none."""
    node = code.facts.node
    if node.args.kwarg is None:
        return None
    name = node.args.kwarg.arg
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    uses = sum(isinstance(part, ast.Name) and part.id == name for part in walk(*body))
    passed = [
        keyword.value for call in code.facts.calls for keyword in call.keywords
        if keyword.arg is None and isinstance(keyword.value, ast.Name) and keyword.value.id == name
    ]  # fmt: skip
    return name if uses == len(passed) else None


def _is_method(code: ShippedCode) -> bool:
    around = cell_facts(code.evidence, code.body.cell).around(code.body.line, code.body.column)
    return len(around) > 1 and around[-1] is code.facts.node and isinstance(around[-2], ast.ClassDef)


def _without_star(code: ShippedCode) -> Fix | None:
    """Take away the ``*`` before the parameters; None where what follows could not stand without it."""
    node = code.facts.node
    if node.args.vararg is not None or not _in_order(node):
        return None
    cell, first = code.body.cell, node.args.kwonlyargs[0]
    lines = list(code.evidence.lines(cell)[node.lineno - 1 : first.lineno])
    lines[-1] = lines[-1].encode()[: first.col_offset].decode()
    star = _STAR.search("\n".join(lines))
    if star is None:
        return None
    before = star.string[: star.start()]
    line = node.lineno + before.count("\n")
    column = len(before.rpartition("\n")[2].encode())
    edit = Edit(Span(cell, line, column, first.lineno, first.col_offset), "")
    return Fix("Let the parameters be given by place, too", True, (edit,))


def _in_order(node: Definition) -> bool:
    """Whether the parameters with a default stand behind all others."""
    given = node.args
    positional = len(given.posonlyargs) + len(given.args)
    first = positional - len(given.defaults)
    has_default = [place >= first for place in range(positional)] + [each is not None for each in given.kw_defaults]
    return has_default == sorted(has_default)
