"""Looking a row up in a captured collection, as a join: what is rewritten, and what is left alone."""

from __future__ import annotations

import pytest

from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.model import Fix
from tests.rules.test_fixes import checked

HEAD = "df = o.get_table('t').to_df()\nrates = o.get_table('r').to_df()\n"
LOOKUP = """@output(['price'], ['float'])
def price(row):
    best = None
    for r in rates:
        if (r.code == row.code and row.kind == r.kind):

            # the first
            best = r.rate * row.amount
            return best + r.extra
    return best
"""
CALL = "df[df.amount > 0].apply(price, axis=1).execute()"


def joins(*cells: str) -> list[Fix]:
    return [
        way
        for one in checked(*cells).diagnostics
        for way in (one.fix, *one.others)
        if way is not None and way.title == "Join rates"
    ]


def test_the_loop_becomes_a_join() -> None:
    cells = [HEAD, LOOKUP, f"n = 1\n{CALL}"]
    (fix,) = joins(*cells)
    assert not fix.safe
    _, function, call = apply(cells, [fix])[0]
    assert (
        function
        == """@output(['price'], ['float'])
def price(row):
    best = None
    if (row.rates_code == row.code and row.kind == row.rates_kind and row.rates_code is not None):

        # the first
        best = row.rates_rate * row.amount
        return best + row.rates_extra
    return best
"""
    )
    columns = ", ".join(f"rates.{one}.rename('rates_{one}')" for one in ("code", "kind", "rate", "extra"))
    on = "on=[('code', 'rates_code'), ('kind', 'rates_kind')]"
    assert call == f"n = 1\ndf[df.amount > 0].left_join(rates[{columns}], {on}).apply(price, axis=1).execute()"
    assert not checked(HEAD, function, call).diagnostics


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return best + r.extra", "best += r.extra"),  # goes on to the next match
        ("return best + r.extra", "return r"),
        ("return best + r.extra", "return best + len(rates)"),
        ("return best + r.extra", "return row"),
        ("return best + r.extra", "return (lambda: r.extra)()"),
        ("r.code == row.code", "r.code > row.code"),
        ("r.code == row.code and", "r.code == row.code or"),
        ("r.code == row.code", "r.code == best"),
        ("def price(row)", "def price(row, *rest)"),
        ("    return best\n", "    else:\n        return 1\n    return best\n"),
        ("row.amount", "row.rates_amount"),
        (CALL, f"{CALL}\nprice(1)"),
        ("axis=1", "axis=1, resources=[f]"),
        ("for r in rates:", "for r in rates[rates.code > 1]:"),
    ],
)
def test_what_is_more_than_a_lookup_is_left_alone(old: str, new: str) -> None:
    assert not joins(HEAD, (LOOKUP + CALL).replace(old, new, 1))
