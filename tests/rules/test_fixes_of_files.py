"""Fixes of what a function reads: it is read before."""

from __future__ import annotations

import pytest

from tests.rules.test_fixes import TABLE, checked, fixed

READ = """\
import json
# prices in a file
def price(i):
    'In words.'
    # read
    with open('prices.json') as f:  # é
        prices = json.load(f)
    return prices[i]
df.x.map(price, 'float').execute()
"""


def test_a_file_is_read_before_the_function() -> None:
    sources = ["import json\n" + TABLE, READ.replace("import json\n", "")]
    after = fixed(*sources)
    assert (
        after[1]
        == """\
# prices in a file
with open('prices.json') as f:  # é
    prices = json.load(f)
def price(i):
    'In words.'
    # read
    return prices[i]
df.x.map(price, 'float').execute()
"""
    )
    assert not checked(*after).diagnostics
    assert fixed(TABLE + READ) == [f"{TABLE}import json\n{after[1]}"]


def test_a_file_is_read_with_what_the_body_imports() -> None:
    head = "def score(i):\n    import math, pickle as p\n"
    tail = "    return math.log(model[i])\ndf.x.map(score, 'float').execute()"
    (after,) = fixed(f"{TABLE}{head}    model = p.load(open('m.pkl', 'rb'))\n{tail}")
    assert after == f"{TABLE}import pickle as p\nmodel = p.load(open('m.pkl', 'rb'))\n{head}{tail}"
    assert not checked(after).diagnostics


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("'prices.json'", "'prices%d.json' % i"),
        ("prices = json.load(f)", "prices = json.load(f)[i]"),
        ("prices = json.load(f)", "return json.load(f)[i]"),
        ("    return prices[i]", "    prices = prices[i]\n    return prices"),
        ("df.x.map(price", "prices = []\ndf.x.map(price"),
        ("prices = json.load(f)", "json.prices = json.load(f)"),
        ("    with open", "    with other(i) as g, open"),
    ],
)
def test_a_file_that_only_the_function_can_read_is_left(was: str, now: str) -> None:
    after = READ.replace(was, now)
    assert after != READ
    found = [item for item in checked("import json\n" + TABLE, after).diagnostics if item.kind == "local-file-read"]
    assert [item.fix for item in found] == [None]
