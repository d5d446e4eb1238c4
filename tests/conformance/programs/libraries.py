"""Libraries that functions import on the executor: archives of every kind, files, what is uploaded with the job."""

import io
import math
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from odps import options
from odps.errors import ScriptError

from tests.conformance.model import program


def packed_zip(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def packed_tar(files, mode):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, text in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(text.encode())
            archive.addfile(header, io.BytesIO(text.encode()))
    return packed.getvalue()


def package(name):
    """A package with a module, and a package within."""
    return {
        f"{name}/__init__.py": "from .words import shout\nVERSION = 3\n",
        f"{name}/words.py": "MARK = '!'\n\ndef shout(text):\n    return text.upper() + MARK\n",
        f"{name}/inner/__init__.py": "",
        f"{name}/inner/numbers.py": f"import {name}\n\ndef add(value):\n    return value + {name}.VERSION\n",
    }


def column(*values):
    """The rows of one column."""
    return [[value] for value in values]


#: What the column b of pairs is after the package's ``shout``.
SHOUTED = column("X!", "Y!", "Y!", "Z!", "Z!", "Z!")


def fresh(temporary):
    """A name no module has: what pandas has imported once stays in the process."""
    return temporary.resource()


def shouting(name):
    def shout(text):
        import importlib

        return importlib.import_module(name).shout(text)

    return shout


def shouted(frame, name, libraries):
    """The mapped column, executed with these libraries; what pandas has imported is forgotten."""
    try:
        return frame[frame.b.map(shouting(name), "string").rename("v"),].execute(libraries=libraries)
    finally:
        for module in [module for module in sys.modules if module.split(".")[0] == name]:
            del sys.modules[module]


@program(expected=column("X?", "Y?", "Y?", "Z?", "Z?", "Z?"))
def python_file(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(f"{name}.py", "py", file_obj="def shout(text):\n    return text.upper() + '?'\n")
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def zip_(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def zip_uploaded_as_a_file(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "file", file_obj=packed_zip(package(name)))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def egg(o, temporary, pairs):
    name = fresh(temporary)
    files = package(name) | {"EGG-INFO/PKG-INFO": f"Name: {name}\nVersion: 1.0\n"}
    library = o.create_resource(temporary.resource(".egg"), "file", file_obj=packed_zip(files))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def wheel(o, temporary, pairs):
    name = fresh(temporary)
    files = package(name) | {f"{name}-1.0.dist-info/METADATA": f"Name: {name}\nVersion: 1.0\n"}
    library = o.create_resource(temporary.resource("-1.0-py3-none-any.whl"), "file", file_obj=packed_zip(files))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def tar_gz(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".tar.gz"), "archive", file_obj=packed_tar(package(name), "w:gz"))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def tar_gz_uploaded_as_a_file(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".tar.gz"), "file", file_obj=packed_tar(package(name), "w:gz"))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def tar_uploaded_as_a_file(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".tar"), "file", file_obj=packed_tar(package(name), "w"))
    return shouted(pairs, name, [library])


@program(expected=SHOUTED)
def archive_of_a_source_distribution(o, temporary, pairs):
    """The package stands in a folder named after the version, as in a .tar.gz of the index."""
    name = fresh(temporary)
    files = {f"{name}-1.0/{path}": text for path, text in package(name).items()}
    files |= {f"{name}-1.0/setup.py": "", f"{name}-1.0/PKG-INFO": f"Name: {name}\n"}
    library = o.create_resource(temporary.resource(".tar.gz"), "file", file_obj=packed_tar(files, "w:gz"))
    return shouted(pairs, name, [library])


@program(
    pandas="PyODPS's pandas backend has no entry object to ask for a library by its name",
    expected=SHOUTED,
)
def by_name(o, temporary, pairs):
    name, archive = fresh(temporary), temporary.resource(".zip")
    o.create_resource(archive, "archive", file_obj=packed_zip(package(name)))
    return shouted(pairs, name, [archive])


@program(expected=column("X!B!", "Y!B!", "Y!B!", "Z!B!", "Z!B!", "Z!B!"))
def two_libraries(o, temporary, pairs):
    one, other = fresh(temporary), fresh(temporary)
    first = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(one)))
    text = f"import {one}\n\ndef shout(text):\n    return {one}.shout(text) + {one}.shout('b')\n"
    second = o.create_resource(f"{other}.py", "py", file_obj=text)
    return shouted(pairs, other, [first, second])


@program(expected=column(4, 5, 5, 6, 6, 6))
def submodules(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))

    def compute(value):
        import importlib

        return importlib.import_module(name + ".inner.numbers").add(value)

    return pairs[pairs.a.map(compute).rename("v"),].execute(libraries=[library])


@program(expected=SHOUTED)
def option(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))
    options.df.libraries = [library]
    try:
        return shouted(pairs, name, None)
    finally:
        options.df.libraries = None


@program(expected=column("x.py", "y.py", "y.py", "z.py", "z.py", "z.py"))
def local_file(temporary, pairs):
    """A path ending in .py is uploaded with the job."""
    name = fresh(temporary)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.py")
        path.write_text("def shout(text):\n    return text + '.py'\n", encoding="utf-8")
        return shouted(pairs, name, [str(path)])


@program(expected=SHOUTED)
def local_folder(temporary, pairs):
    """A folder is packed and uploaded with the job."""
    name = fresh(temporary)
    with tempfile.TemporaryDirectory() as folder:
        for file, text in package(name).items():
            path = Path(folder, file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return shouted(pairs, name, [folder])


@program(expected=column("X!", "Y!Y!", "Y!Y!", "Z!Z!Z!", "Z!Z!Z!", "Z!Z!Z!"))
def in_apply(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))
    shout = shouting(name)
    return pairs.apply(lambda row: (shout(row.b) * row.a,), axis=1, names=["v"], types=["string"]).execute(
        libraries=[library]
    )


@program(expected="Z!")
def in_an_aggregate(o, temporary, pairs):
    name = fresh(temporary)
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))

    class Loudest:
        def buffer(self):
            return [""]

        def __call__(self, buffer, text):
            import importlib

            buffer[0] = max(buffer[0], importlib.import_module(name).shout(text))

        def merge(self, buffer, other):
            buffer[0] = max(buffer[0], other[0])

        def getvalue(self, buffer):
            return buffer[0]

    return pairs.b.agg(Loudest).execute(libraries=[library])


@program(expected=["X!", "Y!", "Y!", "Z!", "Z!", "Z!"])
def in_persist(o, temporary, pairs):
    name, table = fresh(temporary), temporary.table()
    library = o.create_resource(temporary.resource(".zip"), "archive", file_obj=packed_zip(package(name)))
    kept = pairs[pairs.b.map(shouting(name), "string").rename("v"),]
    return kept.persist(table, libraries=[library], odps=o).to_pandas().v.sort_values().tolist()


@program(expected=True)
def missing_library(pairs):
    def use(text):
        import conformance_of_nothing

        return conformance_of_nothing.shout(text)

    try:
        return pairs.b.map(use).sum().execute()
    except (ImportError, ScriptError) as error:
        return "No module named 'conformance_of_nothing'" in str(error)


@program(
    expected=[
        [math.hypot(2.5, 0.5), 7],
        [math.hypot(-2.5, 1.5), 2],
        [2.0, 5],
        [math.hypot(1.005, 3.25), 12],
        [math.hypot(99.995, -4.0), 100],
        [math.hypot(-0.125, 10.0), 1],
    ]
)
def numpy_inside(numbers):
    def hypotenuse(row):
        import numpy as np

        return float(np.hypot(row.x, row.y)), int(np.array([row.i, row.j]).max())

    return numbers.apply(hypotenuse, axis=1, names=["length", "most"], types=["float", "int"])


@program(expected=column(1.0, -1.0, 0.0, 1.0, 1.0, -0.125))
def numpy_values_are_taken(numbers):
    def clip(value):
        import numpy as np

        return np.clip(np.float64(value), -1, 1)

    return numbers[numbers.x.map(clip).rename("v"),]
