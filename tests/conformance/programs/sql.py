"""SQL beside DataFrame: statements, hints, views, registered functions, results as frames."""

from odps.df import DataFrame, Scalar, func
from odps.errors import ODPSError

from tests.conformance.model import program

SUMS = """
from odps.udf import annotate
from odps.udf import BaseUDAF


@annotate("bigint->bigint")
class Squares(BaseUDAF):
    def new_buffer(self):
        return [0]

    def iterate(self, buffer, value):
        if value is not None:
            buffer[0] += value * value

    def merge(self, buffer, other):
        buffer[0] += other[0]

    def terminate(self, buffer):
        return buffer[0]
"""

SCALAR = """
from odps.udf import annotate


@annotate("string,bigint->string")
class Repeat(object):
    def evaluate(self, text, times):
        if text is None or times is None:
            return None
        return text * times
"""

TABLE = """
from odps.udf import annotate
from odps.udf import BaseUDTF


@annotate("string->string,bigint")
class Words(BaseUDTF):
    def process(self, line):
        for word in line.split():
            self.forward(word, len(word))
"""


def registered(o, temporary, source, cls):
    """A function made of a Python file by hand."""
    file = temporary.resource(".py")
    resource = o.create_resource(file, "py", file_obj=source)
    name = temporary.function()
    o.create_function(name, class_type=f"{file[:-3]}.{cls}", resources=[resource])
    return name


def filled(o, temporary, frame):
    """A table of the frame's rows, whichever backend they come from."""
    name = temporary.table()
    frame.persist(name, odps=o)
    return name


def query(o, text, **arguments):
    with o.execute_sql(text, **arguments).open_reader(tunnel=True) as reader:
        return sorted((list(record.values) for record in reader), key=str)


@program(expected=[["London", 3, 36, 5.33 / 3], ["Malmö", 2, 52, 1.7], ["Oslo", 1, 47, 1.73], ["杭州", 2, 41, 1.65]])
def select(o, temporary, people):
    name = filled(o, temporary, people)
    return query(o, f"SELECT city, count(*), max(age), avg(height) FROM {name} GROUP BY city")


@program(expected=[["x", 1], ["y", 4], ["z", 9]])
def select_to_pandas(o, temporary, pairs):
    name = filled(o, temporary, pairs)
    with o.execute_sql(f"SELECT b, sum(a) AS total FROM {name} GROUP BY b ORDER BY b LIMIT 10").open_reader() as reader:
        return reader.to_pandas()


@program(expected=[[1, "Ada", "countess"], [2, "Bo", None], [3, "陈晨", "晨晨"]])
def select_by_csv(o, temporary, people):
    """The result as text, as without the tunnel."""
    name = filled(o, temporary, people)
    instance = o.execute_sql(f"SELECT id, name, nickname FROM {name} WHERE id < 4 ORDER BY id LIMIT 5")
    with instance.open_reader(tunnel=False) as reader:
        return [list(record.values) for record in reader]


@program(expected=(3, True, True))
def run_then_wait(o, temporary, pairs):
    name = filled(o, temporary, pairs)
    instance = o.run_sql(f"SELECT max(a) AS most FROM {name}")
    instance.wait_for_success()
    with instance.open_reader() as reader:
        return next(iter(reader))["most"], instance.is_successful(), instance.is_terminated()


@program(expected=[[3], [3], [3]])
def hints(o, temporary, pairs):
    name = filled(o, temporary, pairs)
    given = {"odps.sql.mapper.split.size": "16", "odps.sql.type.system.odps2": "true"}
    return query(o, f"SELECT CAST(a AS INT) AS a FROM {name} WHERE a > 2", hints=given)


@program(expected=[[1, "x"]])
def settings_of_the_script(o):
    return query(
        o, "SET odps.sql.type.system.odps2=true;\nSELECT CAST(1 AS TINYINT) AS a, CAST('x' AS VARCHAR(3)) AS b;"
    )


@program(expected=[[1, 1], [11, 1], [12, 2], [13, 3], [2, 2], [3, 3]])
def script_of_several_statements(o, temporary, pairs):
    name, other = filled(o, temporary, pairs), temporary.table()
    o.execute_sql(
        f"CREATE TABLE {other} AS SELECT a, count(*) AS n FROM {name} GROUP BY a;\n"
        f"INSERT INTO TABLE {other} SELECT a + 10, n FROM {other};",
        hints={"odps.sql.submit.mode": "script"},
    )
    return query(o, f"SELECT * FROM {other}")


@program(expected=[["x", 1], ["y", 2]])
def variables_of_a_script(o, temporary, pairs):
    name, other = filled(o, temporary, pairs), temporary.table()
    o.execute_sql(
        f"@few := SELECT a, b FROM {name} WHERE a < 3;\n"
        "@counted := SELECT b, count(*) AS n FROM @few GROUP BY b;\n"
        f"CREATE TABLE {other} AS SELECT * FROM @counted;",
        hints={"odps.sql.submit.mode": "script"},
    )
    return query(o, f"SELECT * FROM {other}")


@program(expected=[["ink", 2, 105], ["lamp", 2, 109], ["paper", 2, 108], ["pen", 1, 110]])
def insert_overwrite_partition(o, temporary, orders):
    name, other = filled(o, temporary, orders), temporary.table()
    o.create_table(other, ("order_id bigint", "product string"))
    o.execute_sql(f"INSERT OVERWRITE TABLE {other} PARTITION (product) SELECT order_id, product FROM {name}")
    o.execute_sql(f"INSERT OVERWRITE TABLE {other} PARTITION (product='pen') SELECT max(order_id) FROM {name}")
    return query(o, f"SELECT product, count(*), max(order_id) FROM {other} WHERE product <> '' GROUP BY product")


@program(expected=[[2, 2], [3, 3]])
def view(o, temporary, pairs):
    name, seen = filled(o, temporary, pairs), temporary.view()
    o.execute_sql(f"CREATE VIEW {seen} AS SELECT a, count(*) AS n FROM {name} GROUP BY a")
    frame = DataFrame(o.get_table(seen))
    return frame[frame.n > 1]


@program(expected=([[6]], [[0]]))
def view_follows_its_table(o, temporary, pairs):
    name, seen = filled(o, temporary, pairs), temporary.view()
    o.execute_sql(f"CREATE VIEW {seen} (number) AS SELECT a FROM {name}")
    before = query(o, f"SELECT count(*) FROM {seen}")
    o.execute_sql(f"TRUNCATE TABLE {name}")
    return before, query(o, f"SELECT count(*) FROM {seen}")


@program(expected=[["x"], ["yy"], ["yy"], ["zzz"], ["zzz"], ["zzz"]])
def registered_function_in_sql(o, temporary, pairs):
    name, repeat = filled(o, temporary, pairs), registered(o, temporary, SCALAR, "Repeat")
    return query(o, f"SELECT {repeat}(b, a) FROM {name}")


@program(
    pandas="PyODPS's pandas backend knows no functions of the project",
    expected=[["xx"], ["yy"], ["yy"], ["zz"], ["zz"], ["zz"]],
)
def registered_function_in_a_dataframe(o, temporary, pairs):
    repeat = registered(o, temporary, SCALAR, "Repeat")
    return pairs[getattr(func, repeat)(pairs.b, Scalar(2), rtype="string").rename("v"),]


@program(
    pandas="PyODPS's pandas backend knows no functions of the project",
    expected=[["xXx"], ["yXy"], ["yXy"], ["zXz"], ["zXz"], ["zXz"]],
)
def registered_function_by_name_in_map(o, temporary, pairs):
    source = (
        SCALAR.replace("string,bigint->string", "string->string")
        .replace("def evaluate(self, text, times):", "def evaluate(self, text, times=1):")
        .replace("text * times", "text + 'X' + text")
    )
    return pairs[pairs.b.map(registered(o, temporary, source, "Repeat"), rtype="string").rename("v"),]


@program(
    pandas="PyODPS's pandas backend knows no functions of the project",
    expected=[["xXx"], ["yXy"], ["yXy"], ["zXz"], ["zXz"], ["zXz"]],
)
def registered_function_object_in_map(o, temporary, pairs):
    source = (
        SCALAR.replace("string,bigint->string", "string->string")
        .replace("def evaluate(self, text, times):", "def evaluate(self, text, times=1):")
        .replace("text * times", "text + 'X' + text")
    )
    function = o.get_function(registered(o, temporary, source, "Repeat"))
    return pairs[pairs.b.map(function, rtype="string").rename("v"),]


@program(expected=([[36]], [["x", 1], ["y", 8], ["z", 27]], [["x", 1], ["y", 8], ["z", 27]]))
def registered_aggregate_in_sql(o, temporary, pairs):
    name, squares = filled(o, temporary, pairs), registered(o, temporary, SUMS, "Squares")
    return (
        query(o, f"SELECT {squares}(a) FROM {name}"),
        query(o, f"SELECT b, {squares}(a) FROM {name} GROUP BY b"),
        query(o, f"SELECT DISTINCT b, {squares}(a) OVER (PARTITION BY b) FROM {name}"),
    )


@program(pandas="PyODPS's pandas backend knows no functions of the project", expected=36)
def registered_aggregate_in_a_dataframe(o, temporary, pairs):
    return pairs.a.agg(registered(o, temporary, SUMS, "Squares"), rtype="int")


@program(expected=[["b", 1], ["c", 1], ["c", 1]])
def registered_table_function_in_sql(o, temporary, lines):
    name, words = filled(o, temporary, lines), registered(o, temporary, TABLE, "Words")
    return query(o, f"SELECT {words}(line) AS (word, size) FROM {name} WHERE n < 4 AND line <> 'a b a'")


@program(expected=[[2, "b"], [2, "c"], [3, "c"], [4, "a"], [4, "c"], [4, "c"]])
def registered_table_function_in_a_lateral_view(o, temporary, lines):
    name, words = filled(o, temporary, lines), registered(o, temporary, TABLE, "Words")
    return query(o, f"SELECT n, t.word FROM {name} LATERAL VIEW {words}(line) t AS word, size WHERE n > 1")


def refused(o, text):
    """The code of the error, and its text."""
    try:
        o.execute_sql(text)
    except ODPSError as error:
        return error.code, str(error)
    return None


@program(expected=("ODPS-0130131", True))
def unknown_table(o):
    code, text = refused(o, "SELECT * FROM conformance_that_is_not_there")
    return code, "conformance_that_is_not_there" in text


@program(expected=("ODPS-0130071", True))
def unknown_column(o, temporary, pairs):
    code, text = refused(o, f"SELECT nothing FROM {filled(o, temporary, pairs)}")
    return code, "nothing" in text


@program(expected="ODPS-0130161")
def wrong_syntax(o):
    return refused(o, "SELECT FROM WHERE")[0]


@program
def dataframe_of_a_query(o, temporary, people):
    """What a query found, as a source of further computation."""
    name, other = filled(o, temporary, people), temporary.table()
    o.execute_sql(f"CREATE TABLE {other} LIFECYCLE 1 AS SELECT name, age FROM {name} WHERE member")
    frame = DataFrame(o.get_table(other))
    return frame[frame.age > frame.age.mean()]


@program
def estimate(o, temporary, pairs):
    name = filled(o, temporary, pairs)
    return o.execute_sql_cost(f"SELECT count(*) FROM {name}").input_size >= 0
