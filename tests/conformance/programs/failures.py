"""Functions that fail: what reaches the notebook, and that nothing else notices."""

import re

from odps.errors import ODPSError, ScriptError

from tests.conformance.model import program

HERE = "PyODPS's pandas backend runs functions in the notebook's own process"


def failure(expression):
    """The error of an execution."""
    try:
        expression.execute()
    except Exception as error:  # noqa: BLE001 - each backend raises its own
        return error
    return None


def last_line(error):
    return [line for line in str(error).strip().splitlines() if line.strip()][-1].strip()


def divide(value):
    return 1 / (value - 3)


class Closed(ValueError):
    """An exception of the notebook's own."""


@program
def exception_names_itself(pairs):
    return "division by zero" in str(failure(pairs.a.map(divide).sum()))


@program(pandas=HERE, expected=("ODPS-0123055", "ScriptError", "ZeroDivisionError: division by zero"))
def exception_has_a_code(pairs):
    error = failure(pairs.a.map(divide).sum())
    return error.code, type(error).__name__, last_line(error)


@program(pandas=HERE, expected=("failures.py", 0, "divide"))
def traceback_names_file_line_and_function(pairs):
    error = failure(pairs.a.map(divide).sum())
    file, line, name = re.findall(r'File "([^"]+)", line (\d+), in (\w+)', str(error))[-1]
    return file.rsplit("/", 1)[-1], int(line) - divide.__code__.co_firstlineno - 1, name


@program(pandas=HERE, expected=["outer", "middle", "inner"])
def traceback_goes_through_helpers(pairs):
    def inner(value):
        raise KeyError(value)

    def middle(value):
        return inner(value)

    def outer(value):
        return middle(value)

    return re.findall(r", in (\w+)", str(failure(pairs.a.map(outer).sum())))[-3:]


@program(pandas=HERE, expected=[True, True, True])
def chained_exceptions(pairs):
    def chain(value):
        try:
            return {}[value]
        except KeyError as error:
            raise RuntimeError("no price") from error

    text = str(failure(pairs.a.map(chain).sum()))
    return [
        "KeyError: 1" in text or "KeyError: 2" in text or "KeyError: 3" in text,
        "direct cause" in text,
        "no price" in text,
    ]


@program
def exception_of_the_notebook(pairs):
    def close(value):
        raise Closed(f"closed at {value}")

    return "closed at" in str(failure(pairs[pairs.a == 2].a.map(close).sum()))


@program
def exception_in_apply(pairs):
    error = failure(pairs.apply(lambda row: (row.nothing,), axis=1, names=["v"], types=["string"]))
    return "nothing" in str(error)


@program
def exception_in_a_generator(lines):
    def words(row):
        for word in row.line.split():
            if word == "c":
                raise LookupError("a c stands here")
            yield word

    return "a c stands here" in str(failure(lines.apply(words, axis=1, names=["v"], types=["string"])))


@program
def exception_in_an_aggregate(marks):
    class Broken:
        def buffer(self):
            return [0]

        def __call__(self, buffer, value):
            raise ArithmeticError("cannot add")

        def merge(self, buffer, other):
            pass

        def getvalue(self, buffer):
            return buffer[0]

    return "cannot add" in str(failure(marks.weight.agg(Broken)))


@program
def exception_in_a_reducer(lines):
    def reducer(keys):
        raise OverflowError("too much")

    counted = lines.map_reduce(
        lambda row: (row.line[:1], 1),
        reducer,
        group="word",
        mapper_output_names=["word", "n"],
        mapper_output_types=["string", "int"],
        reducer_output_names=["word"],
        reducer_output_types=["string"],
    )
    return "too much" in str(failure(counted))


@program
def exception_when_a_class_is_made(pairs):
    class Unready:
        def __init__(self):
            raise OSError("not ready")

        def __call__(self, value):
            return value

    return "not ready" in str(failure(pairs.a.map(Unready).sum()))


@program(pandas=HERE, expected="ModuleNotFoundError: No module named 'conformance_of_nothing'")
def missing_module(pairs):
    def use(value):
        import conformance_of_nothing

        return conformance_of_nothing.value

    return last_line(failure(pairs.a.map(use).sum()))


@program
def system_exit(pairs):
    def leave(value):
        raise SystemExit("enough")

    try:
        pairs.a.map(leave).sum().execute()
    except (SystemExit, ODPSError) as error:
        return "enough" in str(error)
    return None


@program
def other_jobs_go_on(pairs):
    failed = failure(pairs.a.map(divide).sum())
    return failed is not None, pairs.a.map(lambda value: value + 1).sum().execute()


@program
def functions_are_dropped_after_a_failure(o, pairs):
    failure(pairs.a.map(divide).sum())
    return [function.name for function in o.list_functions() if function.name.startswith("pyodps_udf")]


@program(pandas=HERE, expected=True)
def wrong_number_of_columns(pairs):
    error = failure(pairs.apply(lambda row: (row.a, row.b, 1), axis=1, names=["a", "b"], types=["int", "string"]))
    return isinstance(error, ScriptError) and "2" in str(error)


@program
def too_few_arguments(pairs):
    return "argument" in str(failure(pairs.a.map(lambda one, other: one + other).sum()))


@program
def unpicklable_capture(pairs):
    import threading

    lock = threading.Lock()

    def guarded(value):
        with lock:
            return value

    error = failure(pairs.a.map(guarded).sum())
    return error is None or "pickle" in str(error)


@program
def printing_is_no_failure(pairs):
    def shout(value):
        import sys

        sys.stdout.write(f"value {value}\n")
        sys.stderr.write("careful\n")
        return value

    return pairs.a.map(shout).sum()
