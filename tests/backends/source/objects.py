"""Functions that hold, make or are objects of the notebook's own classes, as the shapes are."""

from __future__ import annotations

from .shapes import Shape, shape

OBJECTS: dict[str, Shape] = {
    "a class": shape(
        """
        class Scale(object):
            '''Scales.'''
            step = 2

            def __init__(self, n):
                self.n = n

            def apply(self, x):
                return self.n * x + self.step

            @staticmethod
            def plus(x):
                return x + 1

            @classmethod
            def of(cls, n):
                return cls(n)

            @property
            def double(self):
                return self.n * 2

        def f(x):
            scale = Scale.of(3)
            return [scale.apply(x), Scale.plus(x), scale.double, Scale.__name__]
        """
    ),
    "private names": shape(
        """
        class Account(object):
            __rate = 2

            def __init__(self):
                self.__sum = 5

            def __add(self, x):
                return self.__sum + x * self.__rate

            def total(self, x):
                return (lambda: self.__add(x))()

        def f(x):
            return Account().total(x)
        """
    ),
    "inheritance and super": shape(
        """
        class Base:
            def __init__(self, n):
                self.n = n

            def value(self, x):
                return self.n + x

        class Child(Base):
            def __init__(self):
                super().__init__(7)

            def value(self, x):
                def twice():
                    return super(Child, self).value(x) * 2
                return [twice(), super().value(x), __class__.__name__]

        def f(x):
            return Child().value(x)
        """,
        two=False,
    ),
    "super as on Python 2": shape(
        """
        class Base(object):
            def value(self, x):
                return x + 1

        class Child(Base):
            def value(self, x):
                return super(Child, self).value(x) * 2

        def f(x):
            return Child().value(x)
        """
    ),
    "a class in a function": shape(
        """
        def outer(k):
            class Local(object):
                __secret = 3
                def value(self, x):
                    return [k, x, self.__secret, type(self).__name__]
                pick = lambda self, x: (self.__secret, k)
            return Local
        Local = outer(4)
        def f(x):
            return [Local().value(x), Local().pick(x)]
        """
    ),
    "a class made where it runs": shape(
        """
        def f(x):
            class Here(object):
                def __init__(self, y):
                    self.y = y
                def get(self):
                    return self.y + x
            return Here(2).get()
        """
    ),
    "a captured object": shape(
        """
        class Point(object):
            def __init__(self, x, y):
                self.x, self.y = x, y
        origin = Point(1, 2)
        def f(x):
            return [origin.x + x, isinstance(origin, Point)]
        """
    ),
    "values of many kinds": shape(
        """
        import datetime, decimal, re, collections
        data = {"d": datetime.date(2020, 1, 2), "n": decimal.Decimal("1.50"), "s": {1, 2}}
        data["t"] = (None, True, 1.5, 10**30)
        pattern = re.compile("b+")
        ordered = collections.OrderedDict([("z", 1), ("a", 2)])
        def f(x):
            return [data["d"].isoformat(), str(data["n"]), sorted(data["s"]), data["t"], pattern.sub("c", "abb"),
                    list(ordered), 1e999 > 3, -0.0, 2j.imag, x in {1, 2}, x in ("a", b"a")]
        """
    ),
    "an object that is called": shape(
        """
        class Adder(object):
            def __init__(self, n):
                self.n = n
            def __call__(self, x):
                return self.n + x
        f = Adder(3)
        """
    ),
    "an aggregate": shape(
        """
        class Mean(object):
            def __init__(self):
                self.zero = 0
            def buffer(self):
                return [0.0, 0]
            def __call__(self, buffer, value):
                buffer[0] += value
                buffer[1] += 1
            def merge(self, buffer, other):
                buffer[0] += other[0]
                buffer[1] += other[1]
            def getvalue(self, buffer):
                return buffer[0] / buffer[1]
        def f(x):
            mean = Mean()
            one, other = mean.buffer(), mean.buffer()
            mean(one, x)
            mean(other, 4)
            mean.merge(one, other)
            return mean.getvalue(one)
        """
    ),
    "named tuples": shape(
        """
        from collections import namedtuple
        from typing import NamedTuple
        Pair = namedtuple("Pair", "x y", defaults=[4])
        One = namedtuple("One", "only")
        held = Pair(7)
        class Typed(NamedTuple):
            x: int
            y: int = 3
            def total(self):
                return self.x + self.y
        def mistakes(pair):
            for wrong in (lambda: Pair._make([1]), lambda: pair._replace(z=1)):
                try:
                    wrong()
                except (TypeError, ValueError) as error:
                    yield str(error)[:12]
        def f(x):
            pair = Pair(x)
            return [
                pair, pair.y, pair._replace(x=3), sorted(pair._asdict()), repr(One(x)), Typed(x).total(), held.x,
                Pair._make([x, 2]) == (x, 2), Typed(x)._replace(y=x).total(), list(Typed._fields), list(mistakes(pair)),
            ]
        """
    ),
    "abstract classes": shape(
        """
        import abc
        class Base(abc.ABC):
            @abc.abstractmethod
            def value(self, x): pass
        class Derived(Base):
            def value(self, x):
                return x
        def f(x):
            return [Derived().value(x), isinstance(Derived(), Base)]
        """,
        two=False,
    ),
    "a metaclass and a descriptor": shape(
        """
        class Meta(type):
            def __new__(cls, name, bases, names):
                return super().__new__(cls, name, bases, {**names, "extra": 1})
        class Constant:
            def __set_name__(self, owner, name):
                self.name = name
            def __get__(self, held, owner):
                return self.name
        class Both(metaclass=Meta):
            value = Constant()
        def f(x):
            return [Both.extra, Both().value]
        """,
        two=False,
    ),
    "a bound method": shape(
        """
        class Adder(object):
            step = 4
            def add(self, x):
                return self.step + x
        f = Adder().add
        """
    ),
}
