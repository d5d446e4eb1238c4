"""Partitioned tables as DataFrames; the rows are the service's own, for pandas has no partitions."""

from odps.df import func

from tests.conformance.model import program

ROWS = {
    "ds='20240101',hh='1'": [[1, "a"], [2, "b"]],
    "ds='20240102',hh='1'": [[3, "c"]],
    "ds='20240102',hh='2'": [[4, "d"]],
}


def partitioned(o, temporary):
    """A table of three partitions."""
    table = o.create_table(temporary.table(), ("id bigint, name string", "ds string, hh string"), lifecycle=1)
    for spec, rows in ROWS.items():
        with table.open_writer(partition=spec, create_partition=True) as writer:
            writer.write(rows)
    return table


@program(expected=[[1, "a", "20240101"], [2, "b", "20240101"], [3, "c", "20240102"], [4, "d", "20240102"]])
def partition_columns_are_columns(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df["id", "name", "ds"]


@program(expected=[[3], [4]])
def filter_by_a_partition_column(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df[df.ds == "20240102"][["id"]]


@program(expected=[[1, "a"], [2, "b"]])
def filter_partitions(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df.filter_parts("ds=20240101")["id", "name"]


@program(expected=[[1], [2], [4]])
def filter_several_partitions(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df.filter_parts("ds=20240101/ds=20240102,hh=2")[["id"]]


@program(expected=[[3]])
def one_partition_as_a_dataframe(o, temporary):
    return partitioned(o, temporary).get_partition("ds='20240102',hh='1'").to_df()[["id"]]


@program(expected=[["20240101", 2, 3], ["20240102", 2, 7]])
def group_by_a_partition_column(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df.groupby("ds").agg(n=df.id.count(), total=df.id.sum())


@program(expected=(4, 2, 1))
def count_rows_of_partitions(o, temporary):
    df = partitioned(o, temporary).to_df()
    return df.count(), df.filter_parts("ds=20240102").count(), df.filter_parts("ds=20240102,hh=2").count()


@program(expected=[[1, "a"]])
def head_of_a_partition(o, temporary):
    return partitioned(o, temporary).get_partition("ds='20240101',hh='1'").to_df()["id", "name"].head(1)


@program(expected=[[3], [4]])
def newest_partition(o, temporary):
    table = partitioned(o, temporary)
    df = table.to_df()
    return df[df.ds == func.max_pt(f"{o.project}.{table.name}")][["id"]]


@program(expected=[[3], [4]])
def newest_partition_in_a_query(o, temporary):
    return partitioned(o, temporary).to_df().query("ds == @max_pt()")[["id"]]


@program(expected=[["hello"]])
def partition_values_that_need_quoting(o, temporary):
    table = o.create_table(temporary.table(), ("word string", "part string"), lifecycle=1)
    with table.open_writer(partition="part='a b-c:d'", create_partition=True) as writer:
        writer.write([["hello"]])
    return table.to_df()[lambda x: x.part == "a b-c:d"][["word"]]


@program(expected=[[1, "20240101"], [3, "20240102"]])
def join_on_a_partition_column(o, temporary):
    df = partitioned(o, temporary).to_df()
    first = df.groupby("ds").agg(first=df.id.min())
    return df.join(first, on="ds")[lambda x: x.id == x.first]["id", "ds"]


@program(expected=0)
def empty_partition(o, temporary):
    table = partitioned(o, temporary)
    table.create_partition("ds='20240103',hh='1'")
    return table.get_partition("ds='20240103',hh='1'").to_df().count()
