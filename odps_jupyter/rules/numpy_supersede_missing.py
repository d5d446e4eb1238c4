"""A NumPy of one's own is uploaded, and the executor's own wins.

``options.df.supersede_libraries`` says whether uploaded libraries come before those of the executor.

Example::

    options.df.supersede_libraries = False
    df.x.map(f).execute(libraries=['numpy.zip'])

Fix: ``options.df.supersede_libraries = True``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .libraries import supersedes
from .model import Diagnostic, Edit, Fix, span_of
from .subject import Subject

CODE, KIND = "ODP107", "numpy-supersede-missing"


def check(subject: Subject) -> Iterator[Diagnostic]:
    if "numpy" not in subject.setting.profile.packages or not subject.evidence.speaking_of("supersede_libraries"):
        return
    for journey in subject.journeys:
        # PyODPS 0.13.2 sets it to True by itself: only who says False loses.
        said = supersedes(subject.evidence, journey)
        if said is None or not isinstance(said[1], ast.Constant) or said[1].value:
            continue
        fix = Fix("Set it to True", True, (Edit(span_of(*said), "True"),))
        for library in subject.libraries(journey).libraries:
            contents = subject.setting.contents(library.name)
            named = library.name.rpartition("/")[2].startswith(("numpy.", "numpy-"))
            if named if contents is None else "numpy" in contents.modules:
                message = (
                    f"{library.name} brings NumPy, and options.df.supersede_libraries is False: the executor's own "
                    "NumPy is imported instead. Set it to True."
                )
                yield Diagnostic(CODE, KIND, "warning", library.span, message, (journey.name,), fix=fix)
