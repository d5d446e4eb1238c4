"""The comments by which a DataWorks node references resources."""

from __future__ import annotations

from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.references import referenced
from tests.rules.test_fixes import checked


def test_comments_are_references_and_texts_are_not() -> None:
    source = (
        '##@resource_reference{"a.py"}\nx = 1  # @resource_reference{"dir/b.csv"}\n'
        '"""\n##@resource_reference{"c.py"}\n"""\n# ##@resource_reference\n##@resource_reference{"d.zip"}\nbroken = (\n'
    )
    assert list(referenced(source)) == [(1, "a.py"), (2, "dir/b.csv"), (7, "d.zip")]


def test_a_referenced_module_is_named_for_functions() -> None:
    cells = [
        '##@resource_reference{"pricing.py"}\nimport pricing',
        "df = o.get_table('t').to_df()\ndf.x.map(lambda v: pricing.gross(v)).execute()",
    ]
    (found,) = checked(*cells).diagnostics
    assert found.kind == "local-only-package"
    assert "pricing.py is referenced for the code here, and functions have it only where libraries=" in found.message
    assert found.fix is not None
    after = apply(cells, [found.fix])[0]
    assert after[1].endswith(".execute(libraries=['pricing.py'])")
    assert not checked(*after).diagnostics
    (other,) = checked(cells[0].replace("pricing.py", "prices.py"), cells[1]).diagnostics
    assert "Pack it" in other.message
