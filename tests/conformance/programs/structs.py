"""Columns of structs and of nested collections: read, shipped to functions, taken apart by SQL."""

from odps.df import DataFrame

from tests.conformance.model import program

COLUMNS = "id bigint, s struct<a:bigint,b:string>, points array<struct<x:double>>, m map<string,array<bigint>>"
ROWS = [[1, {"a": 1, "b": "x"}, [{"x": 1.5}, {"x": 2.5}], {"k": [1, 2]}], [2, None, [], {}]]


def nested(o, temporary):
    table = o.create_table(temporary.table(), COLUMNS)
    with table.open_writer() as writer:
        writer.write(ROWS)
    return table


@program(expected=[[1, (1, "x")], [2, None]])
def column(o, temporary):
    return DataFrame(nested(o, temporary))["id", "s"]


@program(expected=[["x1", 4.0, [2, 1]], ["none", 0.0, []]])
def into_a_function(o, temporary):
    def take(row):
        name = "none" if row.s is None else f"{row.s.b}{row.s.a}"
        return name, float(sum(point.x for point in row.points)), list(reversed(row.m.get("k", [])))

    return DataFrame(nested(o, temporary)).apply(
        take, axis=1, names=["name", "total", "back"], types=["string", "float", "list<int64>"]
    )


@program(expected=[[1, "x", 2.5, 2, 2], [None, None, None, None, 0]])
def by_sql(o, temporary):
    name = nested(o, temporary).name
    text = f"SELECT s.a, s.b, points[1].x, m['k'][1], size(points) FROM {name} ORDER BY id LIMIT 10"
    with o.execute_sql(text).open_reader(tunnel=True) as reader:
        return [list(record.values) for record in reader]


@program(expected=[[2.5], [1.5]])
def exploded_by_sql(o, temporary):
    name = nested(o, temporary).name
    text = f"SELECT p.x FROM {name} LATERAL VIEW explode(points) t AS p ORDER BY p.x DESC LIMIT 5"
    with o.execute_sql(text).open_reader(tunnel=True) as reader:
        return [list(record.values) for record in reader]
