"""Long ways of a row: the same names joined again and again, collections taken apart and put together, what was written
read back, NULL all the way."""

from decimal import Decimal

from odps.df import DataFrame, output

from tests.conformance.model import program


@program
def three_joins_of_one_table(people):
    some = people[people.id, people.city, people.age]
    both = some.join(people[people.id, people.city, people.age], on="city", suffixes=("_l", "_r"))
    last = people[people.id, people.city, people.age]
    return both.join(last, on=both.id_r == last.id, suffixes=("_1", "_2"))


@program
def joined_summed_ranked_melted(people, orders, cities):
    grown = people[people.age > 18]
    bought = grown.join(orders, on=grown.id == orders.person_id, suffixes=("", "_o"))
    placed = bought.left_join(cities, on="city", suffixes=("", "_c"))
    costs = placed[placed, (placed.price * placed.quantity).rename("cost")]
    summed = costs.groupby("country", "product").agg(cost=costs.cost.sum(), n=costs.name.nunique())
    ranked = summed[summed, summed.groupby("country").sort("cost", ascending=False).row_number().rename("k")]
    top = ranked[ranked.k <= 2]
    melted = top[top.country.fillna("none").rename("country"), top.cost, top.n].melt(
        id_vars="country", value_vars=["cost", "n"]
    )
    return melted.groupby("variable").agg(s=melted.value.sum()), melted.count()


@program
def columns_with_the_words_of_sql(keywords):
    k = keywords
    joined = k.join(k, on="select", suffixes=("_a", "_b"))
    grouped = k.groupby("from").agg(k["order"].sum().rename("sum"), k["end"].count().rename("count"))
    running = k[k["select"], k["case"], k.groupby("group").sort("order")["table"].cumsum().rename("over")]
    melted = k.melt(id_vars="select", value_vars=["order", "end"], var_name="as", value_name="join")
    applied = k.apply(lambda r: (r["from"], r["all"] * 2), axis=1, names=["where", "interval"], types=["string", "int"])
    return joined[["select", "from_a", "where_b"]], grouped, running, melted, applied


@program(
    pandas="PyODPS's pandas backend needs an older pandas for explode",
    expected=[[1, 3, 1, 0, 0], [2, 20, 0, 0, 0], [3, 0, 3, 7, 12]],
)
def entries_summed_and_spread(baskets):
    entries = baskets[baskets.id, baskets.stock.explode(["k", "v"])]
    running = entries[entries.id, entries.k, entries.groupby("id").sort("v").v.cumsum().rename("c")]
    table = running.pivot_table(rows="id", columns="k", values="c", aggfunc="sum", fill_value=0)
    return table["id", "b_c_sum", "a_c_sum", "c_c_sum", "d_c_sum"]


@program
def collections_written_and_read(baskets, o, temporary):
    name = temporary.table()
    baskets.apply(
        lambda r: (r.id, [t.upper() for t in r.tags], {k: [v, v + 1] for k, v in r.stock.items()}),
        axis=1,
        names=["id", "l", "d"],
        types=["int64", "list<string>", "dict<string,list<int64>>"],
    ).persist(name, odps=o)
    read = DataFrame(o.get_table(name))
    return read[read.id, read.l[0].rename("first"), read.d["b"][1].rename("second")]


@program
def partitions_written_in_turn(people, o, temporary):
    name = temporary.table()
    some = people[people.id, people.name]
    some[some.id < 4].persist(name, odps=o, partition="ds=1,hh=a", create_partition=True)
    some[some.id > 6].persist(name, odps=o, partition="ds=1,hh=b", create_partition=True)
    some[some.id == 5].persist(name, odps=o, partition="ds=1,hh=a", overwrite=False)
    some[some.id == 6].persist(name, odps=o, partition="ds=1,hh=b", overwrite=True)
    read = DataFrame(o.get_table(name))
    by_part = read.groupby("ds", "hh").agg(n=read.id.count(), s=read.id.sum())
    return by_part, read.filter_parts("ds=1,hh=a")[["name"]]


@program
def words_counted_by_two_keys(lines):
    @output(["w", "odd", "c"], ["string", "int", "int"])
    def split(row):
        for word in row.line.split():
            yield word, row.n % 2, 1

    def summed(keys):
        total = [0]

        def add(row, done):
            total[0] += row.c
            if done:
                yield keys.w, keys.odd, total[0]

        return add

    reducer = output(["w", "odd", "c"], ["string", "int", "int"])(summed)
    counted = lines.map_reduce(split, reducer, combiner=reducer, group=["w", "odd"])
    return counted[counted, counted.groupby("odd").sort(["c", "w"], ascending=[False, True]).row_number().rename("k")]


@program(
    pandas="PyODPS's pandas backend gives no resources to map",
    expected=[[n, c] for n, c in enumerate(["UK", "Sweden", "China", "UK", "China", "Sweden", "UK", "??"], 1)],
)
def looked_up_in_a_resource(people, cities):
    def lookup(resources):
        countries = {row.city: row.country for row in resources[0]}
        return lambda city, default: countries.get(city, default)

    return people[people.id, people.city.map(lookup, resources=[cities], rtype="string", args=("??",)).rename("c")]


@program(
    pandas="PyODPS's pandas backend takes the first row of a group from none",
    expected=[[1, 1, None, 5, None, 3], [2, 1, None, None, None, 3]],
)
def windows_over_null_alone(blank):
    group = blank.groupby("s").sort("n")
    return blank[
        blank.id,
        group.rank().rename("r"),
        group.x.cumsum().rename("c"),
        group.n.lag(1, default=5).rename("l"),
        group.s.cummax().rename("m"),
        blank.n.fillna(3).rename("f"),
    ]


@program(
    pandas="PyODPS's pandas backend needs an older pandas for between",
    expected=[
        [1, Decimal("10.2500"), Decimal("1.1000"), True, False],
        [2, Decimal("0.0500"), Decimal("-3.0001"), True, True],
        [3, Decimal("123456789012.3456"), Decimal("2.0000"), True, True],
        [4, Decimal("99.9900"), Decimal("0.0000"), False, False],
    ],
)
def decimals_chosen_among(prices):
    p = prices
    return p[
        p.id,
        (p.amount > 1).ifelse(p.amount, p.rate).rename("x"),
        p.label.switch("a", p.rate, default=p.amount).rename("y"),
        p.rate.between(Decimal(0), Decimal(2)).rename("b"),
        p.rate.isin([Decimal("2.00"), Decimal("0.05")]).rename("c"),
    ]
