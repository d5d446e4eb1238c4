"""Functions of every shape, each as the cells that make it and what it is called with."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import Any


@dataclass(frozen=True)
class Shape:
    """``cells`` define ``f`` one after the other; ``calls`` are lists of arguments that JSON can say.

    ``two``: whether Python 2.7 can read it. ``old``: whether Python 3.7 can.
    """

    cells: tuple[str, ...]
    calls: tuple[tuple[Any, ...], ...]
    two: bool = True
    old: bool = True


def shape(*cells: str, calls: list[tuple[Any, ...]] | None = None, two: bool = True, old: bool = True) -> Shape:
    return Shape(tuple(dedent(cell).lstrip("\n") for cell in cells), tuple(calls or [(1,), (2.5,)]), two, old)


SHAPES: dict[str, Shape] = {
    "a function": shape("def f(x):\n    return x + 1\n"),
    "a lambda": shape("f = lambda x: x * 3\n"),
    "one of several lambdas on a line": shape("g, f, h = lambda x: x + 1, lambda x: x + 2, lambda x: x + 3\n"),
    "a lambda over lines": shape(
        """
        f = (lambda x:
                 [x,
             x + 1,   # in parentheses indentation is free
                      '''a
        b'''])
        """
    ),
    "a lambda as an argument": shape("def call(g, *more):\n    return g\nf = call(lambda x: x - 1, 2, 3)\n"),
    "defaults": shape(
        "base = [1, 2]\ndef f(x, y=base, z=(3, (4, 5))):\n    return [x, y, z[1][0]]\n", calls=[(1,), (1, 2)]
    ),
    "a lambda with a lambda for its default": shape("f = lambda x, g=lambda x: x + 7: g(x) * 2\n"),
    "defaults of keyword-only parameters": shape(
        "step = {'a': 1}\ndef f(x, *rest, k=step, scale=2):\n    return [x * scale, k['a'], rest]\n",
        calls=[(1,), (1, 2, 3)],
        two=False,
    ),
    "all kinds of parameters": shape(
        "def f(a, b=2, *c, d, e=5, **g):\n    return [a, b, c, d, e, g]\n"
        "inner = f\ndef f(x, **named):\n    return inner(x, 1, 2, d=3, z=4, **named)\n",
        two=False,
    ),
    "a global": shape("factor = 3\n", "def f(x):\n    return x * factor\n"),
    "a mutable global": shape(
        """
        seen = []
        def f(x):
            seen.append(x)
            return len(seen)
        """,
        calls=[(1,), (2,), (3,)],
    ),
    "a global that is set": shape(
        """
        count = 0
        def f(x):
            global count
            count += 1
            return count
        """,
        calls=[(1,), (2,)],
    ),
    "modules": shape(
        """
        import math
        import os.path
        from json import dumps
        def f(x):
            import datetime as when
            return [math.floor(x), dumps({"a": 1}), os.path.join("a", "b"), when.date(2020, 1, 2).isoformat()]
        """
    ),
    "a closure": shape(
        """
        def outer(b, a):
            zz = a + b
            def inner(x):
                return [x, zz, b, a]
            return inner
        f = outer(1, 2)
        """
    ),
    "a closure of a closure": shape(
        """
        def outer(a):
            def middle(b):
                def inner(x):
                    return a * 100 + b * 10 + x
                return inner
            return middle
        f = outer(1)(2)
        """
    ),
    "a closure that counts": shape(
        """
        def counter():
            count = 0
            def step(x):
                nonlocal count
                count += x
                return count
            return step
        f = counter()
        """,
        calls=[(1,), (2,), (3,)],
        two=False,
    ),
    "lambdas in lambdas": shape("f = (lambda a: lambda b, c=2: lambda x: (a, b, c, x))(1)(2)\n"),
    "a lambda in a function's line": shape("def make(a): return lambda x: lambda y: a + x + y\nf = make(1)(2)\n"),
    "lambdas of a loop": shape(
        """
        adders = [lambda x, n=n: x + n for n in range(3)]
        late = [lambda x: x + n for n in range(3)]
        def f(x):
            return [g(x) for g in adders + late]
        """
    ),
    "a function below a condition": shape(
        """
        if True:
            try:
                def f(x):
                    return x + 4
            finally:
                pass
        """
    ),
    "tabs": shape("def outer(k):\n\tdef f(x):\n\t\treturn x + k\n\treturn f\nf = outer(3)\n"),
    "texts over lines": shape(
        """
        def outer():
            def f(x):
                '''What it does.

                    Much.
                '''
                return '''
            indented
        not
        ''' + str(int(x))
            return f
        f = outer()
        """
    ),
    "other letters": shape('name = "größe 中文"\ndef f(x):\n    return "ä €" + name + "\\u00e9"\n'),
    "recursion": shape("def f(n):\n    return 1 if n < 1 else n * f(n - 1)\n", calls=[(5,)]),
    "recursion inside": shape(
        """
        def outer():
            def fib(n):
                return n if n < 2 else fib(n - 1) + fib(n - 2)
            return fib
        f = outer()
        """,
        calls=[(9,)],
    ),
    "mutual recursion": shape(
        "def even(n):\n    return True if n == 0 else odd(n - 1)\n",
        "def odd(n):\n    return False if n == 0 else even(n - 1)\n",
        "def f(n):\n    return [even(n), odd(n)]\n",
        calls=[(4,), (7,)],
    ),
    "functions that share": shape(
        """
        state = {"n": 0}
        def bump():
            state["n"] += 1
        def f(x):
            bump()
            bump()
            return state["n"]
        """,
        calls=[(1,), (1,)],
    ),
    "a function that makes functions": shape(
        """
        def make(n):
            def add(x):
                return x + n
            return add
        three = make(3)
        def f(x):
            return [three(x), make(4)(x), (lambda y: y + x)(1), list(map(lambda z: z + x, [1, 2]))]
        """
    ),
    "comprehensions": shape(
        """
        def f(x):
            n = 2
            squares = [i * n for i in range(3)]
            pairs = {str(i): [j + x for j in range(i)] for i in range(3)}
            return [squares, pairs, sorted({i % 2 for i in range(5)}), sum(i * n for i in range(4))]
        """
    ),
    "a generator": shape(
        "def pieces(x):\n    for i in range(3):\n        yield x + i\ndef f(x):\n    return list(pieces(x))\n"
    ),
    "a generator that delegates": shape(
        "def pieces(x):\n    got = yield from range(3)\n    yield x\ndef f(x):\n    return list(pieces(x))\n", two=False
    ),
    "a decorator": shape(
        """
        def twice(g):
            def wrapper(*args, **kwargs):
                return g(*args, **kwargs) * 2
            return wrapper

        @twice
        def f(x):
            return x + 1
        """
    ),
    "decorators with arguments over lines": shape(
        """
        import functools

        def times(n,
                  m=1):
            def decorate(g):
                @functools.wraps(g)
                def wrapper(x):
                    return [g.__name__, g(x) * n * m]
                wrapper.calls = n
                return wrapper
            return decorate

        @times(
            2,
            m=3)
        @times(5)
        def f(x):
            return [x]
        """
    ),
    "attributes of a function": shape("def f(x):\n    return f.scale * x\nf.scale = 4\n"),
    "a partial": shape("from functools import partial\ndef g(k, x):\n    return [k, x]\nf = partial(g, 5)\n"),
    "division and texts": shape("def f(x):\n    return [7 / 2, 7 // 2, '%s' % 'a', 'é'[0]]\n"),
    "exceptions": shape(
        """
        class Odd(ValueError):
            pass
        def f(x):
            try:
                if x == 1:
                    raise Odd("one")
                return 1 // int(x - 2.5)
            except Odd as error:
                return str(error)
            except (ZeroDivisionError, TypeError):
                return "zero"
            finally:
                pass
        """
    ),
    "a context manager": shape(
        """
        import contextlib
        @contextlib.contextmanager
        def held(x):
            yield [x]
        def f(x):
            with held(x) as a, held(2) as b:
                return a + b
        """,
        two=False,
    ),
    "f-strings": shape("def f(x):\n    y = 2\n    return f'{x!r:>6}{y:03d} {(lambda: x)()}'\n", two=False),
    "annotations": shape("def f(x: float, *, k: 'int' = 3) -> float:\n    y: float = x\n    return y + k\n", two=False),
    "annotations as texts": shape(
        """
        from __future__ import annotations
        def f(x: Missing) -> Other[x]:
            def g(y: AlsoMissing): return y
            return [g(x), sorted(g.__annotations__.items())]
        """,
        two=False,
    ),
    "assignment expressions": shape(
        "def f(x):\n    return [last := x, last + 1, [y := z for z in range(3)], y]\n", two=False, old=False
    ),
    "positional parameters": shape("def f(x, /, y=2):\n    return x + y\n", two=False, old=False),
    "match": shape(
        """
        def f(x):
            match x:
                case 1:
                    return "one"
                case float(y):
                    return y
        """,
        two=False,
        old=False,
    ),
    "an async function": shape(
        """
        import asyncio
        async def one(x):
            await asyncio.sleep(0)
            return x + 1
        async def several(x):
            return [await one(x), [y async for y in rows(x)]]
        async def rows(x):
            yield x
        def f(x):
            return asyncio.run(several(x))
        """,
        two=False,
    ),
}
