"""Decimals of several precisions beside whole numbers, each other and nothing."""

from decimal import Decimal

from tests.conformance.model import program


@program
def smaller_than_a_large_integer(prices):
    return prices[prices.rate < 10_000_000_000][["id"]]


@program
def one_of_integers(prices):
    return prices[prices.rate.isin([2, 3, 10_000_000_000])][["id"]]


@program(pandas="PyODPS's pandas backend hands pandas an inclusive=True that pandas 2 refuses", expected=[[1], [4]])
def between_integers(prices):
    return prices[prices.amount.between(0, 10_000_000_000)][["id"]]


@program
def compared_with_each_other(prices):
    more, same = prices.amount > prices.rate, prices.amount == prices.rate
    return prices[prices.id, more.rename("more"), same.rename("same")]


@program(
    pandas="Python's decimals have the 28 digits of their context",
    expected=[
        [1, Decimal("105.0625")],
        [2, Decimal("9.00060001")],
        [3, Decimal("15241578753238817268709.21383936")],
        [4, Decimal(0)],
    ],
)
def square(prices):
    return prices[prices.id, (prices.amount * prices.amount).rename("square")]


@program
def product_of_three(prices):
    return prices[prices.id, (prices.amount * prices.rate * prices.rate).rename("product")]


@program
def negated(prices):
    return prices[prices.id, (-prices.amount).rename("less")]


@program
def twice(prices):
    return prices[prices.id, (prices.rate * 2).rename("twice"), (1 + prices.rate).rename("more")]


@program
def by_label(prices):
    return prices.groupby("label").agg(total=prices.amount.sum(), most=prices.rate.max(), least=prices.rate.min())


@program
def sum_of_products(prices):
    return (prices.amount * prices.rate).sum()


@program
def sorted_by_decimals(prices):
    return prices.sort("amount", ascending=False)[["id", "amount"]]


@program
def distinct_rates(prices):
    return prices.concat(prices)[["rate"]].distinct()


@program(
    pandas="pandas gives floats",
    expected=[[1, Decimal("1.10")], [2, Decimal("0.05")], [3, Decimal("3.10")], [4, Decimal("100.04")]],
)
def running_sum(prices):
    return prices[prices.id, prices.groupby("label").sort("id").rate.cumsum().rename("so_far")]


@program
def one_or_the_other(prices):
    return prices[prices.id, (prices.amount > 0).ifelse(prices.amount, prices.rate).rename("chosen")]


@program
def joined_by_decimals(prices):
    right = prices[prices.id.rename("other"), prices.rate]
    return prices[["id", "rate"]].join(right, on="rate")[["id", "other"]]


@program
def added_in_a_function(prices):
    return prices[prices.id, prices.rate.map(lambda value: value + Decimal("0.01"), "decimal").rename("more")]


@program
def union_of_two_scales(prices):
    return prices[prices.id, prices.amount.rename("v")].union(prices[prices.id, prices.rate.rename("v")])
