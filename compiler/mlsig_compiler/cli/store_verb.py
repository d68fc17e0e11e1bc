"""`mlsig store`: check, shrink, copy and change where runs and resources are kept.

mlsig store check mlsig-runs.db                                      a store of runs
mlsig store export projects.db --resources generated.projects        a database of resources
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig.errors import MlsigError, StoreError
from mlsig.store.address import must_be_there, place, shown

from mlsig_compiler.cli import OK, STORAGE, USAGE
from mlsig_compiler.cli.failures import fail

if TYPE_CHECKING:
    from mlsig.resources import Resource, Session

EXAMPLES: Final = """\
examples:
  mlsig store check mlsig-runs.db
  mlsig store vacuum mlsig-runs.db
  mlsig store export mlsig-runs.db > runs.jsonl
  mlsig store import other.db < runs.jsonl
  mlsig store check postgresql://me@host/work --resources generated.projects
  mlsig store export projects.db --resources generated.projects > rows.jsonl
  mlsig store migrate projects.db --from before.projects --resources generated.projects --out 0001.py
  mlsig store migrate projects.db --from before.projects --resources generated.projects \\
    --renamed Project.title=name --lose Project.notes --out 0001.py
  mlsig store migrate projects.db --apply 0001.py

Without --resources the store is one of runs, which `mlsig optimize` writes. With it, the resources are those
of a module that `mlsig compile` wrote, and the store is a SQLite file or a PostgreSQL database. Lines that
are exported from the one are imported into the other. A password is never shown.
"""
ACTS: Final = {
    "check": "read everything, and say whether it is whole",
    "vacuum": "give back the space of what was deleted",
    "export": "print everything as lines of JSON, without loss",
    "import": "read such lines from standard input, all or none",
    "migrate": "write what changes the tables from one compiled module to another (--from), or --apply it",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("act", choices=ACTS, help="; ".join(f"{act}: {what}" for act, what in ACTS.items()))
    parser.add_argument("store", metavar="STORE", help="a file, or postgresql://…")
    parser.add_argument(
        "--resources",
        metavar="MODULE",
        help="the compiled module of the resources; several have commas between them",
    )
    parser.add_argument("--from", dest="before", metavar="MODULE", help="migrate: the module as it was")
    parser.add_argument(
        "--renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="migrate: `Team.old=size`, `Member.team=group` or `Team=Group` is one thing with another name",
    )
    parser.add_argument(
        "--lose",
        action="append",
        default=[],
        metavar="NAME",
        help="migrate: what is gone, such as `Team.old`, is not needed any more",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="migrate: where to write (default: printed)")
    parser.add_argument(
        "--apply", type=Path, metavar="FILE", help="migrate: the file that was written, and read"
    )


def run(options: argparse.Namespace) -> int:
    """Do it, and return the exit code."""
    from mlsig.resources import ResourceError  # noqa: PLC0415

    try:
        if options.act == "migrate":
            return _migrate(options)
        return _of_resources(options) if options.resources else _of_runs(options)
    except ResourceError as error:
        sys.stderr.write(f"error: {error}\n")
        return STORAGE
    except MlsigError as error:
        return fail(error)


def _of_runs(options: argparse.Namespace) -> int:
    from mlsig.store import Store, history, keeping  # noqa: PLC0415

    path = place(options.store)
    said = shown(path)
    if options.act != "import":
        must_be_there(path)
    match options.act:
        case "check":
            sys.stdout.write(f"{said} is whole: {_counted(keeping.checked(path), 'run')}\n")
        case "vacuum":
            sys.stdout.write(f"{said} is {keeping.vacuum(path):,} bytes smaller\n")
        case "export":
            with Store(path) as store:
                for line in history.exported(store, [run.id for run in store.runs()]):
                    sys.stdout.write(line.decode())
        case _:
            with Store(path) as store:
                count = history.imported(store, _lines())
            sys.stdout.write(f"imported {_counted(count, 'run')}\n")
    return OK


def _of_resources(options: argparse.Namespace) -> int:
    from mlsig.resources import moving  # noqa: PLC0415

    with _session(options) as session:
        match options.act:
            case "check":
                counts = moving.checked(session)
                said = ", ".join(f"{count} {name}" for name, count in counts.items())
                sys.stdout.write(f"{session.database.shown} is whole: {said}\n")
            case "vacuum":
                session.database.vacuum()
                sys.stdout.write(f"{session.database.shown} has no empty space\n")
            case "export":
                for line in moving.exported(session):
                    sys.stdout.write(line.decode())
            case _:
                count = moving.imported(session, _lines())
                sys.stdout.write(f"imported {_counted(count, 'row')}\n")
    return OK


def _migrate(options: argparse.Namespace) -> int:
    from mlsig.resources import migrations  # noqa: PLC0415
    from mlsig.resources.renaming import Words  # noqa: PLC0415

    if options.apply:
        done = migrations.apply(options.store, options.apply)
        sys.stdout.write(f"{options.apply} {'is applied' if done else 'was applied before'}\n")
        return OK
    if not options.before or not options.resources:
        sys.stderr.write("error: migrate takes --from MODULE and --resources MODULE, or --apply FILE\n")
        return USAGE
    before, after = resources_of(options.before), resources_of(options.resources)
    words = Words(renamed=dict(map(_pair, options.renamed)), lost=options.lose)
    content = migrations.difference(before, after, words)
    if content is None:
        sys.stdout.write("the tables stay as they are; `mlsig store check` says whether all rows fit\n")
    elif options.out is None:
        sys.stdout.write(content)
    elif options.out.exists():
        raise StoreError(f"{options.out} is there already, and is left as it is")
    else:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(content, encoding="utf-8")
        sys.stdout.write(f"wrote {options.out}: read it, then --apply it\n")
    return OK


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise StoreError(f"{text} renames nothing: write OLD=NEW, such as Team.old=size")
    return old, new


@contextmanager
def _session(options: argparse.Namespace) -> Generator[Session]:
    from mlsig import resources  # noqa: PLC0415

    if "://" not in options.store and options.act != "import" and not Path(options.store).is_file():
        raise StoreError(f"there is no database {options.store}")
    with resources.connect(options.store, *resources_of(options.resources)) as session:
        yield session


def resources_of(name: str) -> list[type[Resource]]:
    """Return the resources of compiled modules (names with commas between them), and what these belong to.

    Raises:
        StoreError: One cannot be imported, or has none.
    """
    from importlib import import_module  # noqa: PLC0415

    from mlsig.resources import Resource  # noqa: PLC0415

    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    found: dict[type[Resource], None] = {}
    for each in name.split(","):
        try:
            module = import_module(each)
        except ImportError as error:
            raise StoreError(f"cannot import {each}: {error}") from error
        mine = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Resource) and value.__module__ == each
        ]
        if not mine:
            raise StoreError(f"{each} has no resources: name a module that `mlsig compile` wrote")
        found |= dict.fromkeys(mine)
    waiting = list(found)
    for resource in waiting:  # grows while it is read: a resource may belong to one of another module
        declared = resource.declaration()
        reached = [one.resource for one in declared.belongs_to] + [one.resource for one in declared.has_many]
        waiting += [other for other in reached if other not in found]
        found |= dict.fromkeys(reached)
    return list(found)


def _lines() -> Iterable[str | bytes]:
    """Return the lines of standard input as bytes, where it has any: they may be in no encoding at all."""
    return getattr(sys.stdin, "buffer", sys.stdin)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
