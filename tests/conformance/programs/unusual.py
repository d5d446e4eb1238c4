"""Unusual tables: odd letters, columns named like keywords, no rows, only NULLs."""

from odps.df import Scalar, output

from tests.conformance.model import program

# odd letters


@program
def odd_letters_as_they_are(odd):
    return odd


@program
def equal_to_each_odd_text(odd):
    wanted = ["it's", 'say "hi"', "", "NULL", "a,b|c", "\U0001f600 \U0001f389é"]
    return odd[odd.s.isin(wanted)]["id",]


@program
def contains_odd_letters(odd):
    names = {"quote": "'", "double": '"', "under": "_", "semi": ";", "dash": "--", "face": "\U0001f600"}
    return odd[[odd.id] + [odd.s.contains(v, regex=False).fillna(False).rename(k) for k, v in names.items()]]


@program
def replace_odd_letters(odd):
    return odd[odd.id, odd.s.replace("'", '"', regex=False).replace(";", "\t", regex=False).rename("r")]


@program
def lengths_count_letters(odd):
    return odd[odd.id, odd.s.len().rename("n")]


@program
def odd_letters_through_a_function(odd):
    return odd[odd.id, odd.s.map(lambda s: None if s is None else s[::-1]).rename("r")]


@program
def odd_letters_through_a_captured_value(odd):
    tail = "'\"\\;\n%s{0}\U0001f389"
    return odd[odd.id, odd.s.map(lambda s: None if s is None else s + tail).rename("r")]


@program
def odd_letters_as_keys(odd):
    return odd.groupby("s").agg(n=odd.id.count(), top=odd.id.max()).filter(lambda x: x.s.notnull())


@program
def odd_letters_joined(odd):
    odd = odd[odd.s.notnull()]
    return odd.join(odd.view(), on="s")["s", "id_x", "id_y"]


@program
def odd_letters_as_scalars(odd):
    return odd[odd.id == 1][odd.id, Scalar('it\'s "so" \U0001f600; --').rename("c")]


@program
def odd_letters_sorted(odd):
    return odd[odd.s.notnull()].sort("s")["s",]


@program
def odd_letters_in_slices(odd):
    return odd[odd.s.notnull() & (odd.s != "")][
        odd.id, odd.s[0:2].rename("a"), odd.s[1:].rename("b"), odd.s.get(0).rename("c")
    ]


@program
def odd_letters_in_cat(odd):
    short = odd[odd.id < 4]
    return short.s.cat(sep="'|\"")


@program
def odd_letters_startswith(odd):
    return odd[odd.id, odd.s.startswith("it'").rename("a"), odd.s.endswith("_b").rename("b")]


# columns named like keywords


@program
def keywords_as_they_are(keywords):
    return keywords


@program
def keywords_in_projections(keywords):
    return keywords[keywords["select"] + 1, keywords["from"], keywords["table"] * 2, keywords["all"]]


@program
def keywords_in_filters(keywords):
    return keywords[(keywords["where"] == "p") & (keywords["end"] > 7)]["select", "case"]


@program
def keywords_in_groups(keywords):
    return keywords.groupby("group", "distinct").agg(order=keywords["order"].sum(), limit=keywords["select"].max())


@program(ordered=True)
def keywords_sorted(keywords):
    return keywords.sort(["group", "order"])["group", "order", "interval"]


@program
def keywords_joined(keywords):
    return keywords.join(keywords.view(), on=("from", "distinct"))


@program
def keywords_in_windows(keywords):
    by = keywords.groupby("from").sort("order")
    return keywords["select", by.row_number().rename("row"), by["table"].cumsum().rename("rows")]


@program
def keywords_in_functions(keywords):
    @output(["left", "right"], ["int", "string"])
    def handle(row):
        yield row["select"], row["from"]

    return keywords.apply(handle, axis=1)


@program
def keywords_pivoted(keywords):
    return keywords["group", "from", "end"].pivot_table(rows="group", columns="from", values="end", aggfunc="sum")


@program
def keywords_melted(keywords):
    return keywords["select", "order", "end"].melt(id_vars=["select"], var_name="key", value_name="values")


@program
def keywords_renamed(keywords):
    return keywords[keywords["select"].rename("union"), keywords["text"].rename("like"), keywords["time"].rename("in")]


# no rows


@program
def nothing_projected(empty):
    return empty[empty.id + 1, empty.name.upper(), empty.x * 2]


@program
def nothing_filtered(empty):
    return empty[empty.id > 3]


@program
def nothing_grouped(empty):
    return empty.groupby("name").agg(n=empty.id.count(), s=empty.x.sum())


@program(expected=[0, None, None, None], pandas="pandas gives 0 for the sum of nothing, SQL NULL")
def nothing_reduced(empty):
    return [e.execute() for e in (empty.id.count(), empty.id.sum(), empty.x.mean(), empty.name.max())]


@program
def nothing_joined(empty, people):
    return people.left_join(empty, on=[people.name == empty.name])[people.id, empty.x]


@program
def nothing_united(empty, people):
    return empty["id", "name"].union(people["id", "name"])


@program
def nothing_mapped(empty):
    return empty[empty.id.map(lambda x: x + 1).rename("a"), empty.name.map(lambda x: x, rtype="string").rename("b")]


@program
def nothing_applied(empty):
    @output(["a"], ["int"])
    def handle(row):
        yield row.id

    return empty.apply(handle, axis=1)


@program
def nothing_sorted_and_cut(empty):
    return empty.sort("id").head(3)


@program
def nothing_distinct(empty):
    return empty["name",].distinct()


@program
def nothing_is_in(empty, people):
    return people[people.id.isin(empty.id)]["id",]


@program
def nothing_is_not_in(empty, people):
    return people[~people.id.isin(empty.id)]["id",]


# only NULLs


@program
def nulls_as_they_are(blank):
    return blank


@program
def nulls_filled(blank):
    return blank[blank.id, blank.n.fillna(0), blank.x.fillna(1.5), blank.s.fillna("none")]


@program
def nulls_in_arithmetic(blank):
    return blank[blank.id, (blank.n + 1).rename("a"), (blank.x * 2).rename("b"), blank.s.len().rename("c")]


@program
def nulls_dropped(blank):
    return blank.dropna(subset=["s"])


@program(expected=[2, 0, None, None, 0], pandas="pandas gives 0 for the sum of nothing, SQL NULL")
def nulls_reduced(blank):
    chosen = blank[blank.id > 0]
    return [
        e.execute() for e in (chosen.id.count(), chosen.n.count(), chosen.n.sum(), chosen.x.max(), chosen.s.nunique())
    ]


@program
def nulls_tested(blank):
    return blank[blank.id, blank.n.isnull().rename("a"), blank.s.notnull().rename("b"), blank.t.isnull().rename("c")]


@program(expected=[[1, None, None], [2, None, None]], pandas="PyODPS's pandas backend makes texts of NaN and None")
def nulls_to_strings(blank):
    return blank[blank.id, blank.n.astype("string"), blank.x.astype("string")]


@program
def nulls_through_a_function(blank):
    return blank[blank.id, blank.s.map(lambda s: "none" if s is None or s != s else s).rename("r")]
