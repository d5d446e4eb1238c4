"""Tables and DataFrames read by functions as resources, alone and beside others."""

from tests.conformance.model import program

LAST_ONLY = "PyODPS's pandas backend reads the last one where collections are several"
CITIES = [["London", "UK"], ["Malmö", "Sweden"], ["Oslo", "Norway"], ["杭州", "China"]]


@program
def table(o, temporary, people):
    name = temporary.table()
    source = o.create_table(name, "city string, country string")
    with source.open_writer() as writer:
        writer.write(CITIES)
    resource = o.create_resource(temporary.resource(), "table", table_name=name)

    def countries(resources):
        known = {row.city: row.country for row in resources[0]}
        return lambda city: known.get(city, "?")

    return people[people.name, people.city.map(countries, resources=[resource]).rename("country")]


@program
def table_by_position(o, temporary, pairs):
    name = temporary.table()
    source = o.create_table(name, "n bigint, x double, flag boolean")
    with source.open_writer() as writer:
        writer.write([[1, 0.5, True], [2, 1.5, False], [3, 2.5, True]])
    resource = o.create_resource(temporary.resource(), "table", table_name=name)

    def total(resources):
        rows = list(resources[0])
        amount = sum(row[1] for row in rows if row[2])
        return lambda value: amount + rows[value - 1][0]

    return pairs[pairs.a.map(total, resources=[resource], rtype="float").rename("v"),]


@program(
    pandas="PyODPS's pandas backend counts the partition's column among the values, but not among the names",
    expected=[[31], [32], [32], [33], [33], [33]],
)
def table_of_one_partition(o, temporary, pairs):
    name = temporary.table()
    source = o.create_table(name, ("n bigint", "day string"))
    for day, numbers in (("a", [1, 2]), ("b", [10, 20])):
        with source.open_writer(partition=f"day={day}", create_partition=True) as writer:
            writer.write([[number] for number in numbers])
    resource = o.create_resource(temporary.resource(), "table", table_name=name, partition="day=b")

    def total(resources):
        amount = sum(row.n for row in resources[0])
        return lambda value: amount + value

    return pairs[pairs.a.map(total, resources=[resource]).rename("v"),]


@program
def dataframe(people, cities):
    def countries(resources):
        known = {row.city: row.country for row in resources[0]}
        return lambda city: known.get(city, "?")

    return people[people.name, people.city.map(countries, resources=[cities]).rename("country")]


@program
def dataframe_of_a_computation(people, orders):
    spent = orders[orders.person_id, (orders.price * orders.quantity).rename("amount")]
    spent = spent.groupby("person_id").agg(amount=spent.amount.sum())

    def lookup(resources):
        known = {row.person_id: row.amount for row in resources[0]}
        return lambda id: known.get(id, 0.0)

    return people[people.name, people.id.map(lookup, resources=[spent], rtype="float").rename("amount")]


@program(pandas=LAST_ONLY, expected=[["Ada", "UK1"], ["Dmitri", "UK4"]])
def two_dataframes(people, cities, pairs):
    def lookup(resources):
        countries = {row.city: row.country for row in resources[0]}
        numbers = {row.a for row in resources[1]}

        def both(row):
            if row.city == "London" and (row.id in numbers or row.id == 4):
                return row.name, countries[row.city] + str(row.id)
            return None

        return both

    return people["id", "name", "city"].apply(
        lookup, axis=1, names=["name", "v"], types=["string", "string"], resources=[cities, pairs]
    )


@program
def file_and_dataframe(o, temporary, baskets, pairs):
    file = o.create_resource(temporary.resource(".txt"), "file", file_obj="red 1\nblue 2\ngold 3\n")

    def lookup(resources):
        known = {line.split()[0] for line in resources[0]}
        letters = sorted({row.b for row in resources[1]})
        return lambda tag: (letters[0] if tag in known else letters[-1]) + tag

    tags = baskets.tags.explode("tag")
    return tags[tags.tag.map(lookup, resources=[file, pairs]).rename("v"),]


@program
def dataframe_in_apply(orders, people):
    def lookup(resources):
        names = {row.id: row.name for row in resources[0]}

        def find(row):
            if row.person_id in names:
                return names[row.person_id], row.product
            return None

        return find

    return orders.apply(lookup, axis=1, names=["name", "product"], types=["string", "string"], resources=[people])


@program(
    pandas="PyODPS's pandas backend reads bloom filters of frames with NULLs as floats and refuses them",
    expected=[["Ada"], ["陈晨"], ["Dmitri"], ["Bo"], ["Eve"], ["Fatima"], ["Gus"]],
)
def bloom_filter(people, cities):
    return people.bloom_filter("city", cities.city, capacity=1000, error_rate=0.0001)["name",]
