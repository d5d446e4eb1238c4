"""IF in scripts: the branch that is taken runs, the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from odps import ODPS, errors

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

#: The manual's two examples, with a table each, then what it says in words.
SCRIPTS = [
    ("""@date string := '20190101';
        @row TABLE(id STRING);
        IF ( cast(@date as bigint) % 2 == 0 ) BEGIN
        @row := SELECT 'even';
        END ELSE BEGIN
        @row := SELECT 'odd';
        END
        SELECT id FROM @row;""", [("odd",)]),
    ("""@i bigint;
        @t table(id bigint, value bigint);
        IF ((SELECT count(*) FROM values ('5'), ('5') as src(a) WHERE a = '5') > 1) BEGIN
          @i := 1;
          @t := select @i, @i*2;
        END ELSE
        BEGIN
          @i := 2;
          @t := select @i, @i*2;
        END
        select id, value from @t;""", [(1, 2)]),
    ("if (false) select 1; select 2", [(2,)]),
    ("if (true) begin select 1; end", [(1,)]),
    ("if (false) begin select 1; end else select 2;", [(2,)]),
    ("set a=b; if (false) begin select 1; end set c=d; select 2", [(2,)]),
    ("if (null) select 1; else select 2; ", [(2,)]),
    ("if (1 > 2) begin select 1; end else if (2 > 1) begin select 2; end else begin select 3; end", [(2,)]),
    ("if (1 > 2) select 1; else if (2 > 2) select 2; else select 3;", [(3,)]),
    ("select 0; if (1 > 2) select 1; else if (2 > 2) select 2;", [(0,)]),
    ("if (true) if (false) select 1; else select 2; else select 3;", [(2,)]),
    ("if (false) if (false) select 1; else select 2; else select 3;", [(3,)]),
    ("if (true) begin if (false) begin select 1; end select 2; if (true) begin select 3; end end", [(3,)]),
    ("if (false) begin if (true) begin select 1; end end else begin select ')end'; end", [(")end",)]),
    ("if ((select true)) /* ) */ begin select if(true, 'a', 'b'); end;", [("a",)]),
    ("IF ('(' = '(') BEGIN\n@x := select 1 as a; END SELECT CASE WHEN a = 1 THEN 'y' END FROM @x", [("y",)]),
]  # fmt: skip


@pytest.mark.parametrize(("script", "rows"), SCRIPTS)
def test_one_branch_runs(engine: Engine, script: str, rows: list[tuple[object, ...]]) -> None:
    assert engine.rows(script) == rows


def test_a_declared_table_says_names_and_types(engine: Engine) -> None:
    found = engine.run("@t table(`A` decimal(10,2), b string); @t := select 1.239bd, 7; select * from @t")
    assert found.columns == (("a", "decimal(10,2)"), ("b", "string"))


def test_a_branch_sees_what_was_done_before(engine: Engine) -> None:
    engine.run("CREATE TABLE t (a bigint)")
    script = (
        "INSERT INTO t VALUES (1); IF ((SELECT count(*) FROM t) = 1) INSERT INTO t VALUES (2); SELECT sum(a) FROM t"
    )
    assert engine.rows(script) == [(3,)]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("select 1; else select 2", r"\[1,11\] Parse exception - invalid token 'else'"),
        ("select 1;\nend", r"\[2,1\] Parse exception - invalid token 'end'"),
        ("if (true) begin select 1;", r"\[1,26\] Parse exception - invalid token '<EOF>'"),
        ("if (true) end", r"\[1,11\] Parse exception - invalid token 'end'"),
        ("if (true select 1", r"\[1,4\] Parse exception - invalid token '\('"),
        ("begin select 1; end;", r"\[1,1\] Semantic analysis exception - BEGIN without an IF is not supported"),
        ("if (true) begin\n begin select 1; end end", r"\[2,2\] .* - BEGIN without an IF is not supported"),
        ("if (true) set c=d;", r"\[1,11\] Semantic analysis exception - SET inside an IF is not supported"),
        ("if (false) begin select 1;\n set c=d; end", r"\[2,2\] .* - SET inside an IF is not supported"),
        ("if (false) select 1; else set c=d; select 2", r"\[1,27\] .* - SET inside an IF is not supported"),
        ("if (1, 2) select 1", "Tuple .* is not supported"),
        ("if (array(1)) select 1", r"cannot put array<.*> into the condition of IF of type boolean"),
        ("if (true) begin\n select nosuch; end", r"\[2,9\] Semantic analysis exception - column nosuch"),
        ("@t table(a bigint); @t := select 1, 2;", "variable @t has 1 columns, the query 2"),
        ("@t table(a bigint); @t := select array(1);", "cannot put array<.*> into column a of type bigint"),
    ],
)
def test_what_is_no_branch(engine: Engine, script: str, error: str) -> None:
    with pytest.raises(OdpsError, match=error):
        engine.run(script)


@pytest.mark.parametrize(
    ("script", "kind", "text"),
    [
        ("select 1; end", errors.ParseError, r"ODPS-0130161:\[1,11\] Parse exception - invalid token 'end'"),
        ("begin select 1; end;", errors.ODPSError, r"ODPS-0130071:\[1,1\] .* - BEGIN without an IF"),
        ("if (true) set c=d; select 1", errors.ODPSError, r"ODPS-0130071:\[1,11\] .* - SET inside an IF"),
    ],
)
def test_a_client_is_told_of_its_script(o: ODPS, script: str, kind: type[errors.ODPSError], text: str) -> None:
    instance = o.run_sql(script)
    with pytest.raises(kind, match=text) as caught:
        instance.wait_for_success()
    assert not isinstance(caught.value, errors.InternalServerError)
    assert "System internal error" not in str(caught.value)
    [task] = instance.get_task_statuses().values()
    assert task.status.name == "FAILED"
    assert instance.get_task_progress(task.name).stages == []
