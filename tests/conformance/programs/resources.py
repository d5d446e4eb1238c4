"""Resources read by functions: files and archives, one or several."""

import io
import tarfile
import zipfile

from tests.conformance.model import program

NO_ARCHIVES = "PyODPS's pandas backend hands an archive over as the file, not as what is packed in it"
ONCE = "PyODPS's pandas backend reads a resource of a reduced row's function once"


def words_file(o, temporary):
    return o.create_resource(temporary.resource(".txt"), "file", file_obj="red 1\nblue 2\ngold 3\n")


def known_words(resources):
    """What is packed around the function is read once for each worker."""
    known = {line.split()[0] for line in resources[0]}

    def check(word):
        return word in known

    return check


@program
def file_in_map(o, temporary, baskets):
    file = words_file(o, temporary)
    tags = baskets.tags.explode("tag")
    return tags[tags.tag, tags.tag.map(known_words, resources=[file], rtype="boolean").rename("known")]


@program
def callable_class(o, temporary, pairs):
    file = words_file(o, temporary)

    class Lookup:
        def __init__(self, resources):
            self.words = dict(enumerate(line.split()[0] for line in resources[0]))

        def __call__(self, value):
            return self.words.get(value - 1)

    return pairs[pairs.a, pairs.a.map(Lookup, resources=[file], rtype="string").rename("word")]


@program
def file_in_apply(o, temporary, pairs):
    file = words_file(o, temporary)

    def number(resources):
        lines = [line.split() for line in resources[0]]

        def multiply(row):
            for word, count in lines:
                yield row.b + word, row.a * int(count)

        return multiply

    return pairs.apply(number, axis=1, names=["word", "n"], types=["string", "int"], resources=[file])


@program
def two_files(o, temporary, pairs):
    one = words_file(o, temporary)
    other = o.create_resource(temporary.resource(".csv"), "file", file_obj="x,10\ny,20\nz,30\n")

    def lookup(resources):
        words, amounts = resources
        first = next(iter(words)).split()[0]
        table = dict(line.strip().split(",") for line in amounts)
        return lambda value: first + table[value]

    return pairs[pairs.b.map(lookup, resources=[one, other]).rename("v"),]


@program
def file_asked_for_by_name(o, temporary, pairs):
    file = o.get_resource(words_file(o, temporary).name)
    return pairs[pairs.b.map(known_words, resources=[file], rtype="boolean").rename("known"),]


@program(pandas=NO_ARCHIVES, expected=[["x", "a.txt:first"], ["y", "a.txt:first"], ["z", "a.txt:first"]])
def zip_archive(o, temporary, pairs):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner/a.txt", "first\n")
    resource = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed.getvalue())

    def read(resources):
        found = {}
        for file in resources[0]:
            found[file.name[file.name.index("a.txt") :]] = file.read()

        return lambda value: ",".join(
            name + ":" + (text if isinstance(text, str) else text.decode()).strip() for name, text in found.items()
        )

    once = pairs["b",].distinct()
    return once[once.b, once.b.map(read, resources=[resource], rtype="string").rename("v")]


@program(pandas=NO_ARCHIVES, expected=3)
def tar_archive(o, temporary, pairs):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("one.txt", "deep/two.txt", "deep/three.txt"):
            header = tarfile.TarInfo(name)
            header.size = len(name)
            archive.addfile(header, io.BytesIO(name.encode()))
    resource = o.create_resource(temporary.resource(".tar.gz"), "archive", file_obj=packed.getvalue())

    def count(resources):
        names = [file.name for file in resources[0]]
        return lambda value: len(names)

    return pairs.a.map(count, resources=[resource], rtype="int").max()


@program(pandas=ONCE, expected=[[1.5], [2.5], [2.5], [3.5], [3.5], [3.5]])
def file_in_a_reduced_apply(o, temporary, pairs):
    file = o.create_resource(temporary.resource(".txt"), "file", file_obj="0.5\n")

    def add(resources):
        more = sum(float(line) for line in resources[0])
        return lambda row: row.a + more

    return pairs.apply(add, axis=1, reduce=True, types="float", resources=[file]).rename("v")


@program
def file_in_an_aggregate(o, temporary, marks):
    file = o.create_resource(temporary.resource(".txt"), "file", file_obj="art 2\nlaw 10\n")

    class Weighted:
        def __init__(self, resources):
            self.weights = {line.split()[0]: int(line.split()[1]) for line in resources[0]}

        def buffer(self):
            return [0]

        def __call__(self, buffer, subject):
            buffer[0] += self.weights[subject]

        def merge(self, buffer, other):
            buffer[0] += other[0]

        def getvalue(self, buffer):
            return buffer[0]

    return marks.groupby("who").agg(total=marks.subject.agg(Weighted, rtype="int", resources=[file]))


@program
def file_in_a_mapper_and_a_reducer(o, temporary, lines):
    file = o.create_resource(temporary.resource(".txt"), "file", file_obj="a\nc\n")

    def mapper(resources):
        known = {line.strip() for line in resources[0]}

        def words(row):
            for word in row.line.split():
                if word in known:
                    yield word, 1

        return words

    def reducer(resources):
        names = [line.strip() for line in resources[0]]

        def group(keys):
            count = [0]

            def add(row, done):
                count[0] += row.n
                if done:
                    yield f"{names.index(keys.word)}{keys.word}", count[0]

            return add

        return group

    return lines.map_reduce(
        mapper,
        reducer,
        group="word",
        mapper_output_names=["word", "n"],
        mapper_output_types=["string", "int"],
        mapper_resources=[file],
        reducer_output_names=["word", "n"],
        reducer_output_types=["string", "int"],
        reducer_resources=[file],
    )


@program
def resource_replaced_between_runs(o, temporary, pairs):
    name = temporary.resource(".txt")
    file = o.create_resource(name, "file", file_obj="1")

    def add(resources):
        more = int(next(iter(resources[0])))
        return lambda value: value + more

    before = pairs.a.map(add, resources=[file]).sum().execute()
    with file.open("w") as writer:
        writer.write("100")
    return [before, pairs.a.map(add, resources=[o.get_resource(name)]).sum().execute()]
