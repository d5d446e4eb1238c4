"""``%odps pack``: packages, modules and folders as one library of the executor."""

from __future__ import annotations

from argparse import Namespace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.local_side import local_side
from odps_jupyter.display import html
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import UnknownProfile, profile_for
from odps_jupyter.sizes import in_words

from .kernel import Kernel
from .parser import Parser

NAME = "pack"
HELP = "download, pack and upload packages, modules or folders that functions import on the executor"


def configure(parser: Parser) -> None:
    from odps_jupyter.backends.target import TAGS

    parser.add_argument(
        "packages", nargs="+", metavar="NAME[==VERSION]", help="a package, ./helpers.py, ./mypackage/, or an archive"
    )
    parser.add_argument("--python", choices=TAGS, help="the executor's Python (default: that of this kernel's jobs)")
    parser.add_argument("--image", metavar="NAME", help="the executor's image (default: options.df.image)")
    parser.add_argument("--name", metavar="RESOURCE", help="of the resource (default: from its content)")
    parser.add_argument("--use", action="store_true", help="put it into options.df.libraries")
    parser.add_argument("--dry-run", action="store_true", help="show what would be uploaded; upload nothing")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    # What pip and archives need is imported when somebody packs.
    from odps_jupyter.backends.target import Target
    from odps_jupyter.backends.upload import is_there, upload
    from odps_jupyter.workflow.packing import Packed, pack

    entry = kernel.session.prepare().entry
    from odps import options

    profile = executor_profile()
    try:
        tag = arguments.python or (profile.name if profile.is_runtime else "cp311")
        target = Target(profile_for(tag, arguments.image or options.df.image, None))
    except UnknownProfile as error:
        raise UserError(str(error)) from error
    with TemporaryDirectory(prefix="odps-jupyter-") as folder:
        packed: Packed = pack(
            arguments.packages,
            target,
            Path(folder),
            entry,
            arguments.name,
            dataworks=local_side(kernel.environ, kernel.session.namespace).is_dataworks,
        )
        if arguments.dry_run:
            done = "is there already" if is_there(entry, packed.name, packed.bundle) else "would be uploaded"
        else:
            done = "uploaded" if upload(entry, packed.name, packed.bundle) else "is there already: nothing uploaded"
    use = f"libraries=[{packed.name!r}]"
    if arguments.use and not arguments.dry_run:
        options.df.libraries = [packed.name, *(one for one in _listed(options.df.libraries) if one != packed.name)]
        use = f"options.df.libraries = {options.df.libraries!r}"
    facts = {
        "resource": f"{packed.name} ({packed.bundle.kind}, {in_words(packed.bundle.size)}): {done}",
        "executor": f"{target.tag}, {target.where}",
        "packed": ", ".join(packed.parts) or "nothing",
        "of the image": ", ".join(packed.from_image) or "nothing",
        "use it by": use,
    }
    lines = [f"{name:<14}{value}" for name, value in facts.items()]
    lines += [f"! {remark}" for remark in packed.remarks]
    rows = [(html.quiet(name), escape(value)) for name, value in facts.items()]
    remarks = [f'<div class="error">{escape(remark)}</div>' for remark in packed.remarks]
    return Output("\n".join(lines), html.block(html.table(("", "pack"), rows), *remarks))


def _listed(libraries: object) -> list[object]:
    if libraries is None:
        return []
    return list(libraries) if isinstance(libraries, list | tuple | set) else [libraries]
