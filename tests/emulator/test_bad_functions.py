"""Functions that misbehave: each ends as a failed instance in bounded time, and nobody else notices."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Iterator

import pytest
from odps import ODPS, errors

#: The time limit is far from what a busy machine needs for 512 MiB or for 100 MB of output.
HINTS = {"odps.sql.python.version": "cp311", "odps.function.timeout": "300", "odps.sql.udf.python.memory": "512"}
#: The same for functions that never end.
IMPATIENT = {**HINTS, "odps.function.timeout": "2"}
#: Seconds within which a failed instance is expected, twice the job's own limit.
BOUND = 600

BODIES = {
    "exit": "import os; os._exit(3)",
    "leave": "import sys; sys.exit(3)",
    "crash": "import ctypes; ctypes.string_at(0)",
    "kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "loop": "\nwhile True: pass",
    "hoard": "return len([b'x' * (1 << 20) for _ in range(100000)])",
    "recurse": "return self.evaluate(number)",
    "close": "import os; os.closerange(0, 200)",
    "wrong": "return 'not a number'",
}


@pytest.fixture(scope="module")
def client(service: object) -> ODPS:
    """The entry object of the shared service, for this module."""
    return service.client()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture(scope="module")
def bad(client: ODPS) -> Iterator[str]:
    """One resource with a class per kind of misbehaviour, a function for each."""
    classes = [
        f"@annotate('bigint->bigint')\nclass {kind.title()}(object):\n    def evaluate(self, number):\n"
        + textwrap.indent(f"{body}\nreturn number", " " * 8).replace(" " * 8 + "\n", "")
        for kind, body in BODIES.items()
    ]
    source = "from odps.udf import annotate\n\n" + "\n\n".join(classes)
    client.create_resource("bad_functions.py", "py", file_obj=source)
    for kind in BODIES:
        client.create_function(
            f"bad_{kind}", class_type=f"bad_functions.{kind.title()}", resources=["bad_functions.py"]
        )
    yield "bad"
    for kind in BODIES:
        client.delete_function(f"bad_{kind}")
    client.delete_resource("bad_functions.py")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("exit", r"ODPS-0123131.*exit code 3"),
        ("leave", r"ODPS-0123(055|131)"),
        ("crash", r"ODPS-0123131.*SIGSEGV"),
        ("kill", r"ODPS-0123131.*SIGKILL"),
        ("loop", r"ODPS-0123144.*2 seconds"),
        ("hoard", r"ODPS-0123049.*512 MiB"),
        ("recurse", r"ODPS-0123055[\s\S]*RecursionError"),
        ("close", r"ODPS-0123131"),
        ("wrong", r"ODPS-0123055"),
    ],
)
def test_a_bad_function_fails_its_job_alone(client: ODPS, bad: str, name: str, kind: str, text: str) -> None:
    neighbour: list[int] = []

    def work() -> None:
        with client.execute_sql("select count(*) as c from pyodps_iris").open_reader() as reader:
            neighbour.append(reader[0][0])

    other = threading.Thread(target=work)
    begun = time.monotonic()
    other.start()
    query = f"create table {name} lifecycle 1 as select {bad}_{kind}(1) as n from pyodps_iris"
    with pytest.raises(errors.ODPSError, match=text):
        client.execute_sql(query, hints=IMPATIENT if kind == "loop" else HINTS)
    assert time.monotonic() - begun < BOUND
    other.join(BOUND)
    assert neighbour == [150]
    assert not client.exist_table(name)


@pytest.mark.parametrize("hint", ["odps.function.timeout", "odps.sql.udf.python.memory"])
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0", "much"])
def test_limits_that_bound_nothing_are_refused(client: ODPS, bad: str, hint: str, value: str) -> None:
    with pytest.raises(errors.ODPSError, match=rf"ODPS-0130071.*{hint} must be a positive number"):
        client.execute_sql(f"select {bad}_wrong(1) as n", hints={**HINTS, hint: value})


KINDS = """
from odps.udf import annotate, BaseUDAF, BaseUDTF
import os

@annotate("bigint->bigint")
class Closing(BaseUDTF):
    def process(self, number):
        self.forward(number)

    def close(self):
        while True:
            pass

@annotate("bigint->bigint")
class Merging(BaseUDAF):
    def new_buffer(self):
        return [0]

    def iterate(self, buffer, number):
        buffer[0] += number

    def merge(self, buffer, other):
        os._exit(7)

    def terminate(self, buffer):
        return buffer[0]
"""


def test_table_functions_and_aggregates_fail_alike(client: ODPS, name: str) -> None:
    client.create_resource(f"{name}.py", "py", file_obj=KINDS)
    rows = "(select cast(sepal_length as bigint) as k from pyodps_iris) t"
    for kind, hints, text in (
        ("Closing", IMPATIENT, "ODPS-0123144"),
        ("Merging", HINTS, "ODPS-0123131.*exit code 7"),
    ):
        client.create_function(name, class_type=f"{name}.{kind}", resources=[f"{name}.py"])
        begun = time.monotonic()
        with pytest.raises(errors.ODPSError, match=text):
            client.execute_sql(f"create table {name} lifecycle 1 as select {name}(k) as n from {rows}", hints=hints)
        assert time.monotonic() - begun < BOUND
        assert not client.exist_table(name)
        client.delete_function(name)
    client.delete_resource(f"{name}.py")


def test_a_talkative_function_keeps_the_first_20_kb(client: ODPS, name: str) -> None:
    source = """
        from odps.udf import annotate
        import sys

        @annotate("bigint->bigint")
        class Talk(object):
            def evaluate(self, number):
                for _ in range(100):
                    print("x" * (1 << 20))
                    sys.stderr.write("y")
                return number
        """
    client.create_resource(f"{name}.py", "py", file_obj=textwrap.dedent(source))
    client.create_function(name, class_type=f"{name}.Talk", resources=[f"{name}.py"])
    instance = client.execute_sql(f"select {name}(k) as n from values (1) t(k)", hints=HINTS)
    logs = [worker.get_log("stdout") for worker in instance.get_task_workers()]
    assert 10_000 < sum(map(len, logs)) <= 20_480
    client.delete_function(name)
    client.delete_resource(f"{name}.py")


def test_a_thread_that_is_left_behind_ends_with_the_job(client: ODPS, name: str) -> None:
    source = """
        from odps.udf import annotate
        import threading, time

        @annotate("bigint->bigint")
        class Stay(object):
            def evaluate(self, number):
                threading.Thread(target=time.sleep, args=(600,)).start()
                return number + 1
        """
    client.create_resource(f"{name}.py", "py", file_obj=textwrap.dedent(source))
    client.create_function(name, class_type=f"{name}.Stay", resources=[f"{name}.py"])
    begun = time.monotonic()
    instance = client.execute_sql(f"select {name}(k) as n from values (1) t(k)", hints=HINTS)
    with instance.open_reader() as reader:
        assert reader[0][0] == 2
    assert time.monotonic() - begun < BOUND
    client.delete_function(name)
    client.delete_resource(f"{name}.py")


def test_functions_run_on_after_all_that(client: ODPS) -> None:
    iris = client.get_table("pyodps_iris").to_df()
    assert iris.sepal_length.map(lambda v: v * 2).sum().execute() == pytest.approx(1753.0)
