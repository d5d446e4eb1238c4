"""Functions that a script itself defines: embedded Python, temporary ones, SQL functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from odps import ODPS, errors

CP311 = {"odps.sql.python.version": "cp311"}


def value(o: ODPS, script: str, hints: dict[str, str] | None = None) -> Any:
    """The first value of a script's result."""
    with o.execute_sql(script, hints=hints or CP311).open_reader() as reader:
        return reader[0][0]


EMBEDDED = """
CREATE TEMPORARY FUNCTION shout AS 'embedded.Shout' USING
#CODE ('lang'='PYTHON', 'filename'='embedded')
from odps.udf import annotate

@annotate("string->string")
class Shout(object):
    def evaluate(self, text):
        # a semicolon; an @annotate, a 'quote' and -- two dashes
        return text.upper() + "!; --"
#END CODE;

SELECT shout('hey') AS a;
"""


def test_code_in_the_script_runs(o: ODPS) -> None:
    assert value(o, EMBEDDED) == "HEY!; --"
    assert not o.exist_function("shout")


def test_errors_of_embedded_code_show_its_lines(o: ODPS) -> None:
    with pytest.raises(errors.ScriptError, match="ODPS-0123055") as caught:
        o.execute_sql(EMBEDDED.replace("text.upper()", "text.nothing()"), hints=CP311)
    assert "in evaluate" in str(caught.value)
    assert "has no attribute 'nothing'" in str(caught.value)


def test_the_python_is_what_the_script_sets(o: ODPS) -> None:
    script = """
    set odps.sql.python.version=cp37;
    CREATE TEMPORARY FUNCTION which AS 'm.Which' USING
    #CODE ('lang'='PYTHON', 'filename'='m')
from odps.udf import annotate
import sys
@annotate("bigint->string")
class Which(object):
    def evaluate(self, number):
        return "%d.%d" % sys.version_info[:2]
    #END CODE;
    SELECT which(1);
    """
    assert value(o, script, {}) == "3.7"


def test_other_languages_are_refused(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match="code embedded in JAVA is not supported"):
        o.execute_sql(EMBEDDED.replace("PYTHON", "JAVA"))


@pytest.fixture
def resource(o: ODPS, name: str) -> Iterator[str]:
    """A Python resource with the classes Twice, Thrice, and Never, which is never done."""
    source = "from odps.udf import annotate\n" + "".join(
        f"\n\n@annotate('bigint->bigint')\nclass {title}(object):\n"
        f"    def evaluate(self, n):\n        return n * {factor}\n"
        for title, factor in (("Twice", 2), ("Thrice", 3))
    )
    source += "\n\n@annotate('bigint->bigint')\nclass Never(object):\n"
    source += "    def evaluate(self, n):\n        import threading\n        threading.Event().wait()\n"
    o.create_resource(f"{name}.py", "py", file_obj=source)
    yield name
    o.delete_resource(f"{name}.py")


def test_functions_of_resources_by_statement(o: ODPS, resource: str) -> None:
    using = f"AS '{resource}.Twice' USING '{resource}.py'"
    assert value(o, f"CREATE TEMPORARY FUNCTION twice_t {using}; SELECT twice_t(4);") == 8
    assert not o.exist_function("twice_t")
    assert value(o, f"CREATE FUNCTION {resource}_f {using}; SELECT {resource}_f(4);") == 8
    function = o.get_function(f"{resource}_f")
    assert function.class_type == f"{resource}.Twice"
    assert [one.name for one in function.resources] == [f"{resource}.py"]
    assert value(o, f"SELECT {resource}_f(5)") == 10
    with pytest.raises(errors.ODPSError, match="already exists"):
        o.execute_sql(f"CREATE FUNCTION {resource}_f {using}")
    o.execute_sql(f"CREATE FUNCTION IF NOT EXISTS {resource}_f {using}")
    o.execute_sql(f"CREATE OR REPLACE FUNCTION {resource}_f {using}")
    o.execute_sql(f"DROP FUNCTION {resource}_f")
    assert not o.exist_function(f"{resource}_f")
    o.execute_sql(f"DROP FUNCTION IF EXISTS {resource}_f")
    with pytest.raises(errors.ODPSError, match="cannot be resolved"):
        o.execute_sql(f"DROP FUNCTION {resource}_f")


def test_a_dropped_function_is_gone_for_the_rest_of_its_script(o: ODPS, resource: str) -> None:
    using = f"AS '{resource}.Twice' USING '{resource}.py'"
    create, drop, call = (
        f"{one};"
        for one in (f"CREATE FUNCTION {resource}_q {using}", f"DROP FUNCTION {resource}_q", f"SELECT {resource}_q(4)")
    )
    with pytest.raises(errors.ODPSError, match=f"{resource}_q"):
        o.execute_sql(f"{create}{drop}{call}")
    o.execute_sql(create)
    with pytest.raises(errors.ODPSError, match=f"{resource}_q"):
        o.execute_sql(f"{call}{drop}{call}")
    assert value(o, f"{drop}{create}{call}") == 8
    thrice = create.replace("CREATE", "CREATE OR REPLACE").replace("Twice", "Thrice")
    assert value(o, f"CREATE TABLE {resource} LIFECYCLE 1 AS {call}{thrice}{call}") == 12
    with o.get_table(resource).open_reader() as reader:
        assert [record[0] for record in reader] == [8]
    o.delete_table(resource)
    o.execute_sql(drop)


def test_a_function_of_another_project_is_not_this_ones(o: ODPS, resource: str) -> None:
    using = f"AS '{resource}.Twice' USING '{resource}.py'"
    o.execute_sql(f"CREATE FUNCTION {o.project}:{resource}_p {using}")
    for statement in (
        f"DROP FUNCTION elsewhere:{resource}_p",
        f"DROP FUNCTION elsewhere.{resource}_p",
        f"CREATE FUNCTION elsewhere:{resource}_p {using}",
    ):
        with pytest.raises(errors.ODPSError, match="elsewhere"):
            o.execute_sql(statement)
    assert value(o, f"SELECT {resource}_p(4)") == 8
    o.execute_sql(f"DROP FUNCTION {o.project}.{resource}_p")
    assert not o.exist_function(f"{resource}_p")


def test_a_failed_script_creates_no_function(o: ODPS, resource: str) -> None:
    script = f"CREATE FUNCTION {resource}_g AS '{resource}.Twice' USING '{resource}.py'; SELECT nothing_here;"
    with pytest.raises(errors.ODPSError):
        o.execute_sql(script)
    assert not o.exist_function(f"{resource}_g")
    with pytest.raises(errors.ODPSError, match="Resource not found"):
        o.execute_sql(f"CREATE FUNCTION {resource}_g AS 'x.Y' USING 'nowhere_{resource}.py'")


def test_sql_functions_of_the_script(o: ODPS) -> None:
    assert value(o, "FUNCTION plus_one(@a BIGINT) AS @a + 1; SELECT plus_one(plus_one(5));") == 7
    block = """
    FUNCTION total(@a BIGINT, @b BIGINT, @c BIGINT) RETURNS @sum BIGINT
    AS BEGIN
        @first := @a + @b;
        @sum := @first + @c;
    END;
    SELECT total(1, 2, length('abc')) * 2;
    """
    assert value(o, block) == 12
    assert value(o, "FUNCTION half(@a DOUBLE) RETURNS BIGINT AS @a / 2; SELECT half(5);") == 2
    nested = "FUNCTION a(@x BIGINT) AS @x * 2; FUNCTION b(@x BIGINT) AS a(@x) + 1;"
    assert value(o, f"{nested} SELECT sum(b(k)) FROM VALUES (1), (2) t(k);") == 8


def test_sql_functions_are_kept(o: ODPS, name: str) -> None:
    o.execute_sql(f"CREATE SQL FUNCTION {name}(@a STRING, @b STRING) AS concat(@a, '-', @b)")
    function = o.get_function(name)
    function.reload()
    assert function.is_sql_function == "true"
    assert value(o, f"SELECT {name}('x', 'y')") == "x-y"
    o.execute_sql(f"CREATE OR REPLACE SQL FUNCTION {name}(@a STRING, @b STRING) AS concat(@b, @a)")
    assert value(o, f"SELECT {name}('x', 'y')") == "yx"
    o.delete_function(name)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("FUNCTION f(@a BIGINT) AS f(@a); SELECT f(1);", "calls itself"),
        ("FUNCTION f(@a BIGINT) AS @a; SELECT f(1, 2);", "takes 1 arguments"),
        ("FUNCTION f(@a TABLE(k BIGINT)) AS SELECT k FROM @a; SELECT 1;", "TABLE"),
        ("FUNCTION f(@a BIGINT) AS SELECT 1; SELECT f(1);", "query"),
        ("FUNCTION f(a BIGINT) AS a; SELECT f(1);", "no parameter"),
        ("FUNCTION f(@a BIGINT) RETURNS @r BIGINT AS BEGIN @s := @a; END; SELECT f(1);", "never sets"),
        ("CREATE FUNCTION f AS 'a.B' USING a.py;", "USING 'a.py'"),
    ],
)
def test_what_a_definition_cannot_say_is_refused(o: ODPS, script: str, text: str) -> None:
    with pytest.raises(errors.ODPSError, match=text) as caught:
        o.execute_sql(script)
    assert str(caught.value.code).startswith("ODPS-")


def test_one_name_is_made_by_one_job_at_a_time(o: ODPS, resource: str) -> None:
    endless = f"CREATE FUNCTION {resource}_h AS '{resource}.Never' USING '{resource}.py'; SELECT {resource}_h(1);"
    first = o.run_sql(endless, hints=CP311)
    while not first.get_task_progress().stages or first.get_task_progress().stages[0].finished_percentage < 100:
        assert next(iter(first.get_task_statuses().values())).status.value in ("WAITING", "RUNNING")
    with pytest.raises(errors.ODPSError, match="being changed by another job"):
        o.create_function(f"{resource}_h", class_type=f"{resource}.Twice", resources=[f"{resource}.py"])
    first.stop()
    first.wait_for_completion(interval=0.1)
    assert not o.exist_function(f"{resource}_h")
