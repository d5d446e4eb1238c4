"""More shapes: where scopes, lines and constants are easily mistaken."""

from __future__ import annotations

from .shapes import Shape, shape

CORNERS: dict[str, Shape] = {
    "a lambda of a comprehension": shape(
        """
        fs=[lambda x: x+i for i in range(3)]
        f=fs[1]
        """,
        calls=[(1,)],
    ),
    "lambdas of a comprehension in a class": shape(
        """
        class A:
            k=2
            fs=[(lambda x, i=i: x+i) for i in range(3)]
        def f(x): return [g(x) for g in A.fs]
        """,
        calls=[(1,)],
    ),
    "lambdas in a dict": shape(
        """
        d={'a': lambda x: x+1,
           'b': lambda x: x+2}
        def f(x): return [d['a'](x), d['b'](x)]
        """,
        calls=[(1,)],
    ),
    "one of two lambdas by a condition": shape(
        """
        f = (lambda x: x+1) if True else (lambda x: x+2)
        """,
        calls=[(1,)],
    ),
    "equal lambdas on a line": shape(
        """
        a=lambda x: x+1; b=lambda x: x+1
        f=lambda x: a(x)+b(x)
        """,
        calls=[(1,)],
    ),
    "super in a class in a class": shape(
        """
        class A:
            def m(self): return 1
        class O:
            class B(A):
                def m(self):
                    def g():
                        return super(O.B, self).m()+1
                    return g()+super().m()
        def f(x): return O.B().m()
        """,
        calls=[(1,)],
        two=False,
    ),
    "a default that closes over a variable": shape(
        """
        def mk():
            y=3
            def f(x, g=lambda z: z+y):
                return g(x)
            return f
        f=mk()
        """,
        calls=[(1,)],
    ),
    "a lambda over lines by backslashes": shape(
        "f = lambda x: \\\n    x + \\\n    1\n",
        calls=[(1,)],
    ),
    "a lambda among statements of a line": shape(
        """
        a=1; f=lambda x: (x,
         a); b=2
        """,
        calls=[(1,)],
    ),
    "a lambda given to a decorator": shape(
        """
        def dec(g):
            def deco(h):
                def w(x): return g(h(x))
                return w
            return deco
        @dec(lambda v: v*10)
        def f(x): return x+1
        """,
        calls=[(1,)],
    ),
    "decorated methods": shape(
        """
        def dec(h):
            def w(self, x): return h(self, x)*2
            return w
        class A:
            @dec
            def m(self, x): return x
            @property
            @dec
            def p(self, x=1): return 3
        def f(x): return A().m(x)
        """,
        calls=[(1,)],
    ),
    "a function made global inside another": shape(
        """
        def mk():
            global gg
            def gg(x): return x+5
        mk()
        def f(x): return gg(x)
        """,
        calls=[(1,)],
    ),
    "a deleted parameter": shape(
        """
        def mk():
            a=1
            def f(x):
                b=[a for _ in range(2)]
                del x
                return b
            return f
        f=mk()
        """,
        calls=[(1,)],
    ),
    "a variable that never got a value": shape(
        """
        def mk():
            def f(x):
                try: return later
                except NameError: return 'none'
            r=f
            if 0: later=1
            return r
        f=mk()
        """,
        calls=[(1,)],
    ),
    "__class__ by its name": shape(
        """
        class A:
            def __init__(self): self.t=__class__.__name__
            @staticmethod
            def s(x): return __class__.__name__
        def f(x): return [A().t, A.s(x)]
        """,
        calls=[(1,)],
        two=False,
    ),
    "a private name of the module": shape(
        """
        _A__g=4
        class A:
            def m(self): return __g
        def f(x): return A().m()
        """,
        calls=[(1,)],
    ),
    "a private name of a function around": shape(
        """
        def mk():
            class A:
                def m(self):
                    __loc=3
                    def h(): return __loc
                    return h
            return A().m()
        h=mk()
        def f(x): return h()
        """,
        calls=[(1,)],
    ),
    "line ends of Windows": shape("def f(x):\r\n    return '''a\r\nb'''\r\n", calls=[(1,)]),
    "tabs and brackets": shape(
        """
        class A:
            def m(self):
                if 1:
                    return [
          1]
        def f(x): return A().m()
        """,
        calls=[(1,)],
    ),
    "a text further left than its function": shape(
        "def mk(k):\n        def f(x):\n            return '''\nq''' + str(k)\n        return f\nf=mk(1)\n",
        calls=[(1,)],
    ),
    "escapes in texts": shape(
        "def f(x): return '\\ud83d\\ude00'.encode('utf-16', 'surrogatepass').decode('utf-16') + '\\N{BULLET}'\n",
        calls=[(1,)],
    ),
    "bytes": shape(
        "def f(x): return [b'\\xff\\x00'[0:1] == bytes(bytearray([255])), b'' == bytes(bytearray())]\n",
        calls=[(1,)],
    ),
    "constants of every kind": shape(
        """
        def f(x):
            numbers = [10**40 + 123456789012345678901234567890, 1e400 == float('inf'), -0.0, x in {1, 2, 3}]
            return [numbers, (1, (2, frozenset))[0], ... is Ellipsis]
        """,
        calls=[(1,)],
        two=False,
    ),
    "keyword-only defaults in a closure": shape(
        """
        def mk(a):
            def f(x, *, k=a, **kw): return [x,k,sorted(kw)]
            return f
        f=mk([7])
        """,
        calls=[(1,)],
        two=False,
    ),
    "keyword-only defaults that are functions": shape(
        """
        def h(v): return v*2
        def f(x, *, g=h, l=lambda q: q+1): return [g(x), l(x)]
        """,
        calls=[(1,)],
        two=False,
    ),
    "keyword-only defaults of methods": shape(
        """
        class A:
            def m(self, x, *, k=5): return x+k
            @staticmethod
            def s(x, *, k=6): return x+k
            @classmethod
            def c(cls, x, *, k=7): return x+k
        def f(x): return [A().m(x), A.s(x), A.c(x)]
        """,
        calls=[(1,)],
        two=False,
    ),
    "the types of code": shape(
        """
        import types
        def f(x): return [isinstance(f, types.FunctionType), types.CodeType.__name__]
        """,
        calls=[(1,)],
    ),
    "the type of code by its name": shape(
        """
        from types import CodeType
        def g(): pass
        def f(x): return isinstance(g.__code__, CodeType)
        """,
        calls=[(1,)],
    ),
    "constants that are shared": shape(
        """
        def outer(a):
            def inner(x): return 'abc' + str(x)
            return inner
        i1=outer(1); i2=outer(2); tag='abc'; t=('abc','x')
        def f(x): return [i1(x), i2(x), outer(3)(x), tag, t]
        """,
        calls=[(1,)],
    ),
    "a method that generates": shape(
        """
        class It:
            def __iter__(self):
                yield from (1,2)
        def f(x): return list(It())
        """,
        calls=[(1,)],
        two=False,
    ),
    "a docstring": shape(
        """
        def f(x):
            'Docs.'
            return f.__doc__
        """,
        calls=[(1,)],
    ),
    "dotted names": shape(
        """
        def mk():
            class L:
                def m(self):
                    def n(): pass
                    return n.__qualname__
            return L
        L=mk()
        def f(x): return [L().m(), L.m.__qualname__, L.__name__, f.__name__]
        """,
        calls=[(1,)],
        two=False,
    ),
    "a class closed over": shape(
        """
        def mk():
            class P:
                def __init__(self,v): self.v=v
                def __add__(self,o): return P(self.v+o.v)
            def f(x): return (P(x)+P(2)).v
            return f
        f=mk()
        """,
        calls=[(1,)],
    ),
    "line numbers": shape(
        """
        import sys
        def f(x):

            return sys._getframe().f_lineno
        """,
        calls=[(1,)],
    ),
    "annotations as texts in a class": shape(
        """
        from __future__ import annotations
        class A:
            x: Missing = 3
            def m(self, y: Other) -> No: return self.x
        def f(x): return A().m(1)
        """,
        calls=[(1,)],
        two=False,
    ),
}
