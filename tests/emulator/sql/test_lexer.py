"""Scripts are split where MaxCompute splits them, and positions stay those of the user's text."""

from __future__ import annotations

from odps_jupyter.emulator.sql.lexer import Setting, Statement, split


def test_strings_and_comments_hide_semicolons() -> None:
    text = "select ';', \"a;b\", `c;d`, 'it\\';s' -- x;y\n; /* ; */ select 2;;"
    parts = list(split(text))
    assert [p.text.split() for p in parts] == [  # type: ignore[union-attr]
        ["select", "';',", '"a;b",', "`c;d`,", "'it\\';s'"],
        ["select", "2"],
    ]


def test_positions_stay() -> None:
    second = list(split("select 1;\n  select /*+ mapjoin(t) */ x"))[1]
    assert isinstance(second, Statement)
    lines = second.text.split("\n")
    assert lines[1].index("select") == 2
    assert lines[1].index("x") == len("  select /*+ mapjoin(t) */ ")


def test_settings() -> None:
    assert list(split("SET a.b-c = d e ; set X='y'")) == [Setting("a.b-c", "d e"), Setting("x", "y")]


def test_variables() -> None:
    cached, plain = split("@A := CACHE ON select '@not';  @b := select * from @A")
    assert (cached.variable, cached.cached, cached.text.strip()) == ("a", True, "select '@not'")  # type: ignore[union-attr]
    assert (plain.variable, plain.cached, plain.text.strip()) == ("b", False, "select * from `@a`")  # type: ignore[union-attr]


def test_flags_of_the_client_s_regular_expressions() -> None:
    [statement] = split("select f(c, re.IGNORECASE, 're.IGNORECASE')")
    assert statement.text == "select f(c, 2, 're.IGNORECASE')"  # type: ignore[union-attr]


def test_a_long_script_is_not_copied_for_each_of_its_statements() -> None:
    script = "/* 1 */ set a=b;\n" + "insert into t values (1, 'x');\n" * 2000 + "  select 2; select 3"
    parts = [part.text for part in split(script) if isinstance(part, Statement)]
    assert sum(map(len, parts)) < 50 * len(script)
    lines = [part.count("\n") for part in parts]
    assert lines == [*range(1, 2001), 2001, 2001]
    assert [part.rpartition("\n")[2] for part in parts[-2:]] == ["  select 2", " " * 11 + " select 3"]
