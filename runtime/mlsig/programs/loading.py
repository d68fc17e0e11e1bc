"""Finds a program by the name that people type: `module:Program`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path, PurePath
from types import ModuleType

from mlsig.errors import MlsigError
from mlsig.programs.program import Program
from mlsig.spelling import nearest


class ProgramNotFound(MlsigError):
    """There is no such module, or it has no such program."""


def search_path(start: Path) -> list[Path]:
    """Return where modules are looked for: `start`, and the `out` folder of the nearest `[tool.mlsig]`.

    Raises:
        ProgramNotFound: A pyproject.toml on the way cannot be read.
    """
    found = [start]
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("mlsig")
        except (OSError, ValueError) as error:
            raise ProgramNotFound(f"{file} cannot be read: {error}") from error
        if isinstance(table, dict):
            out = table.get("out", ".")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            found += [folder, folder / str(out)]  # pyright: ignore[reportUnknownArgumentType]
            break
    return found


def load_program(name: str, folders: Iterable[Path]) -> Program:
    """Import a module with these folders first on the path, and return its program.

    Raises:
        ProgramNotFound: The name is not `module:Program`, or there is no such thing; near names are given.
    """
    module_name, colon, program_name = name.partition(":")
    if not colon or not module_name or not program_name:
        raise ProgramNotFound(f"{name!r} is not of the form module:Program, such as sentiment:Review")
    return _chosen(module_name, program_name, _programs(_imported(module_name, folders)))


def load_programs(name: str, folders: Iterable[Path]) -> dict[str, Program]:
    """Import a module with these folders first on the path, and return all its programs by name.

    Args:
        name: A module, or `module:Program` for one of its programs alone.
        folders: Where modules are looked for.

    Raises:
        ProgramNotFound: There is no such module or program, or the module has none at all.
    """
    module_name, colon, program_name = name.partition(":")
    if not module_name or (colon and not program_name):
        raise ProgramNotFound(f"{name!r} is neither a module, such as sentiment, nor module:Program")
    programs = _programs(_imported(module_name, folders))
    if program_name:
        return {program_name: _chosen(module_name, program_name, programs)}
    if not programs:
        raise ProgramNotFound(f"module {module_name} has no programs")
    return programs


def _programs(module: ModuleType) -> dict[str, Program]:
    names = dict.fromkeys((*vars(module), *dir(module)))  # a large module makes what is asked for
    return {name: value for name in names if isinstance(value := getattr(module, name, None), Program)}


def _chosen(module_name: str, name: str, programs: dict[str, Program]) -> Program:
    if name in programs:
        return programs[name]
    near = nearest(name, programs)
    hint = f"did you mean {near}?" if near else f"it has {', '.join(sorted(programs)) or 'none'}"
    raise ProgramNotFound(f"module {module_name} has no program {name}; {hint}")


def _imported(module_name: str, folders: Iterable[Path]) -> ModuleType:
    for folder in reversed([str(folder) for folder in folders]):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    try:
        return import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise ProgramNotFound(
                f"module {module_name} needs {error.name}, which is not installed"
            ) from error
        name = PurePath(module_name)
        if name.suffix == ".mlsig":
            message = f"{module_name} is a file: name the module that it is compiled to, such as {name.stem}"
        else:
            message = (
                f"there is no module {module_name}: compile it with `mlsig compile`, or change to its folder"
            )
        raise ProgramNotFound(message) from error
    except Exception as error:  # whatever the user's own module raises is no bug of ours
        kind = type(error).__name__
        raise ProgramNotFound(f"module {module_name} cannot be imported: {kind}: {error}") from error
