"""What an executor's Python cannot read, found here, is what that Python itself cannot read."""

from __future__ import annotations

import json
import subprocess

import pytest

from odps_jupyter.backends.source.syntax import newer_syntax

from .cells import TAGS, interpreter

TEXTS = (
    "def f(x):\n  if (y := x): return y\n",
    "def f(x): return f'{x}'\n",
    "def f(x): return f'{x=}'\n",
    "def f(x): return f'{x['a']}'\n",
    "def f(x): return f'{'\\n'.join(x)}'\n",
    'def f(x): return f"""{x["a"]} {\nx # c\n}"""\n',
    "def f(x):\n  match x:\n    case 1: return 2\n",
    "def f(x, /): pass\n",
    "def f(*, x): pass\n",
    "def f(*a, k=1, **b,): pass\n",
    "def f():\n with (a as b, c as d):\n  pass\n",
    "def f():\n with a as b, c as d: pass\n",
    "def f():\n try: pass\n except* ValueError: pass\n",
    "def f[T](x): pass\n",
    "def f():\n class C[T]: pass\n",
    "def f():\n type X = int\n",
    "def f(x: int) -> int: return x\n",
    "def f():\n x: int = 1\n",
    "def f(*a): return [*a, 1]\n",
    "def f(*a): return 1, *a\n",
    "def f(*a): return (1, *a)\n",
    "def f(a): return (yield), *a\n",
    "def f(a): yield 1, *a\n",
    "def f(a): return a[*x]\n",
    "def f(a): return a[(*x, 1)]\n",
    "def f(a): return a[1:2, ...]\n",
    "def f(): ...\n",
    "def f():\n for x in *a, *b: pass\n",
    "def f():\n for x in (*a, *b): pass\n",
    "def f(x): return x / 2\n",
    "def f():\n x = 1\n def g():\n  nonlocal x\n",
    "def f(x): yield from x\n",
    "def f(): return {x for x in 1}, {1: 2 for x in 3}, {4}\n",
    "def f(x): return x | y, {} | {}\n",
    "def f():\n @a[0].b\n def g(): pass\n",
    "def f():\n for x in y:\n  try: pass\n  finally: continue\n",
    "def f(x): return x.removeprefix('a') + '{}'.format(1) + '%s' % x + str(b'x' % 1)\n",
    "def f(): return 1_000\n",
    "def f(): return 0o17, 0xFF, 1j, 1e3\n",
    "def f(): print(1, file=x)\n",
    "def f(): exec('1')\n",
    "def f():\n async def g():\n  return [x async for x in y]\n",
    "def f(a, b): return a @ b\n",
    "def f():\n raise A from None\n",
    "def f():\n try: pass\n except ValueError as e: raise\n",
    "def f(): return b'x'.decode(), rb'x', br'y', u'z'\n",
    "def f(): return b'x'.decode(), br'y', u'z'\n",
    "def f():\n class A(metaclass=B): pass\n",
    "def f(): a, *b = c\n",
    "def f(): return {**a, 'b': 1}\n",
    "def f(): return g(*a, *b, **c, **d)\n",
    "def f(): return g(1, *a, k=2, **c)\n",
    "def f(): return g(*a, 1)\n",
    "def f(é): return é\n",
    "def f(x): return 'é'\n",
    "_ = (lambda x: (y := x))\n",
    "_ = (lambda *, k=1: k)\n",
    "_ = (lambda x, *y: x)\n",
)
#: Compiles each text as the builder does.
_READS = """
import __future__, json, sys
names = ("division", "print_function", "unicode_literals", "absolute_import") if bytes is str else ()
flags = sum(getattr(__future__, name).compiler_flag for name in names)
read = []
for text in json.loads(sys.stdin.read()):
    try:
        compile(text, "x", "exec", flags, True)
        read.append(True)
    except SyntaxError:
        read.append(False)
sys.stdout.write(json.dumps(read))
"""


@pytest.mark.parametrize("tag", TAGS)
def test_the_interpreter_agrees(tag: str) -> None:
    texts = [text for text in TEXTS if _readable_here(text)]
    done = subprocess.run(
        [str(interpreter(tag)), "-c", _READS], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    told = {text: newer_syntax(text, TAGS[tag]) is None for text in texts}
    assert told == dict(zip(texts, json.loads(done.stdout), strict=True))


def test_what_python_2_reads_and_does_not_know() -> None:
    assert newer_syntax("class C:\n def f(self): return __class__\n", (2, 7)) == (2, "`__class__` by its name")
    assert newer_syntax("class C:\n def f(self): return self.__class__\n", (2, 7)) is None
    assert newer_syntax("class C:\n def f(self): return super().f()\n", (2, 7)) == (2, "super() without arguments")


def _readable_here(text: str) -> bool:
    try:
        compile(text, "x", "exec")
    except SyntaxError:
        return False
    return True
