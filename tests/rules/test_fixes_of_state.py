"""Fixes of what a function changed outside itself: it is returned."""

from __future__ import annotations

import pytest

from tests.rules.test_fixes import TABLE, checked, fixed

COUNT = "n = 0\ndef count(v):\n    # why\n    global n\n    if v > 1:\n        n += 1  # é\n"
TALLY = "s = {}\ndef f(v):\n    s[v] = s.get(v, 0) + 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"{COUNT}df.x.map(count).execute()  # now\nprint(n)",
            "n += int(df.x.map(count, 'int').sum().execute() or 0)  # now\n",
        ),
        ("n = 0.0\ndef add(v):\n    global n\n    n += 0.5\ndf.x.map(add).execute()\nprint(n)", "    return 0.5\n"),
        (
            "seen = []\ndef f(v):\n    seen.append((v, 1))  # é\ndf.x.map(f)\\\n    .execute()\nseen[0]",
            "    return (v, 1)  # é\n",
        ),
        (
            "seen = set()\ndef f(v):\n    seen.add(v)\ndf.x.map(f).execute()\nprint(seen)",
            "seen.update(value for (value,) in df.x.map(f).execute())\n",
        ),
        (
            f"{TALLY}    return v\ndf.x.map(f).execute()  # now\nprint(s)",
            "for _key, _n in df.x.map(f).value_counts(sort=False).execute():  # now\n    s[_key] = s.get(",
        ),
    ],
)
def test_what_a_function_changed_is_returned(before: str, after: str) -> None:
    before = TABLE + before
    (found,) = checked(before).diagnostics
    assert found.fix is not None
    assert not found.fix.safe
    (made,) = fixed(before)
    assert after in made
    assert not checked(made).diagnostics
    assert all(comment in made for comment in ("# why", "# é", "# now") if comment in before)


@pytest.mark.parametrize(
    "program",
    [
        f"{COUNT}print(df.x.map(count).execute())\nprint(n)",
        f"{COUNT}y = df.x.map(count)\ny.execute()\nprint(n)",
        f"{COUNT}df.x.map(count).head(5)\nprint(n)",
        f"{COUNT}df.x.map(count).execute()\ndf.y.map(count).execute()\nprint(n)",
        f"{COUNT}(df.x.map(count).execute())\nprint(n)",
        f"{COUNT}    return v\ndf.x.map(count).execute()\nprint(n)",
        f"{COUNT}    print(v)\ndf.x.map(count).execute()\nprint(n)",
        "n = 0\ndef f(v):\n    global n\n    if n < 9:\n        n += 1\ndf.x.map(f).execute()\nprint(n)",
        "n = 0\ndef f(v):\n    global n\n    n -= 1\ndf.x.map(f).execute()\nprint(n)",
        "n = 0\ndef f(v):\n    global n; n += 1\ndf.x.map(f).execute()\nprint(n)",
        "n = 0\ndef f(v):\n    global n\n    for i in range(v):\n        n += 1\ndf.x.map(f).execute()\nprint(n)",
        "s = []\ndef f(v):\n    if v:\n        s.append(v)\ndf.x.map(f).execute()\nprint(s)",
        "s = []\ndef f(v):\n    if v is None:\n        return\n    s.append(v)\ndf.x.map(f).execute()\nprint(s)",
        "s = []\ndf.x.map(lambda v: s.append(v)).execute()\nprint(s)",
        "s = []\ndef f(v):\n    s.append(v)\nif s == []:\n    df.x.map(f).execute()\nprint(s)",
        "s = {}\ndef f(v):\n    s[v] = 1\ndf.x.map(f).execute()\nprint(s)",
        f"{TALLY}    return len(v)\ndf.x.map(f).execute()\nprint(s)",
        f"{TALLY}    return v\nr = df.x.map(f).execute()\nprint(s)",
        f"{TALLY}    return v\ndf.x.map(f).execute();\nprint(s)",
        f"{TALLY}    return v\ndf['count'].map(f).execute()\nprint(s)",
        f"{TALLY}    return v\n_key = 3\ndf.x.map(f).execute()\nprint(s)",
        TALLY.replace("(v)", "(v) -> float") + "df.x.map(f).execute()\nprint(s)",
        TALLY.replace("+ 1", "+ 2") + "df.x.map(f).execute()\nprint(s)",
        TALLY.replace("    s[", "    v = v.lower()\n    s[") + "df.x.map(f).execute()\nprint(s)",
        "s = {}\ndef f(v):\n    s[v] += 1\ndf.x.map(f).execute()\nprint(s)",
    ],
)
def test_what_cannot_be_shown_is_left_alone(program: str) -> None:
    found = checked(TABLE + program).diagnostics
    assert [item.kind for item in found] == ["captured-mutation-lost"] * len(found)
    assert found
    assert [item.fix for item in found] == [None] * len(found)
