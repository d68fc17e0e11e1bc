"""The kinds of change between two versions of a file, each with a code and whom it breaks.

Callers are those who import generated modules: code that type-checked, or data that was accepted, may not be
any more. Data are records and rows that were written before. Runs are what `mlsig optimize` saved:
configurations and demonstrations, which `mlsig.load` checks against the program.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from mlsig_compiler.source import Source, Span

Victim: TypeAlias = Literal["callers", "data", "runs"]
VICTIMS: Final[tuple[Victim, ...]] = ("callers", "data", "runs")
CALLERS: Final[tuple[Victim, ...]] = ("callers",)
DATA: Final[tuple[Victim, ...]] = ("data",)
RUNS: Final[tuple[Victim, ...]] = ("runs",)
BOTH: Final[tuple[Victim, ...]] = ("callers", "data")
ALL: Final = VICTIMS


class Kind(NamedTuple):
    """A kind of change: its code, what it is, and whom it breaks; nobody, if it is safe."""

    code: str
    title: str
    breaks: tuple[Victim, ...] = ()


class Place(NamedTuple):
    """Where a thing is declared."""

    source: Source
    span: Span

    def __str__(self) -> str:
        """Return it as path, line and column."""
        line, column = self.source.position(self.span.start)
        return f"{self.source.path.as_posix()}:{line}:{column}"


class Change(NamedTuple):
    """One change: `name` is of what changed (`Answer.verdict`), `place` where it is, or was."""

    kind: Kind
    module: str
    name: str
    message: str
    place: Place


KINDS: Final = {
    kind.code: kind
    for kind in (
        # Declarations
        Kind("CH101", "a declaration is gone", ALL),
        Kind("CH102", "a declaration is new"),
        Kind("CH103", "a name declares something else", ALL),
        Kind("CH104", "a declaration has become deprecated"),
        # Fields of schemas and attributes of resources, which are read and written
        Kind("CH201", "a field is gone", BOTH),
        Kind("CH202", "a required field is new", BOTH),
        Kind("CH203", "an optional field is new"),
        Kind("CH204", "a type accepts less", BOTH),
        Kind("CH205", "a type accepts more", CALLERS),
        Kind("CH206", "a type is another", BOTH),
        Kind("CH207", "a default is gone", BOTH),
        Kind("CH208", "a default is new, or another"),
        Kind("CH209", "an alias is gone", DATA),
        Kind("CH210", "a check is new, or another", BOTH),
        Kind("CH211", "a check is gone"),
        Kind("CH212", "transforms are others", CALLERS),
        Kind("CH213", "unknown keys are refused", BOTH),
        Kind("CH214", "a member of an enum is gone", ALL),
        Kind("CH215", "a member of an enum is new"),
        Kind("CH216", "unknown keys are ignored"),
        Kind("CH217", "a type has wider bounds"),
        # Inputs and outputs of signatures, parameters of tools, pipelines and actions
        Kind("CH301", "an input is gone", ("callers", "runs")),
        Kind("CH302", "a required input is new", ("callers", "runs")),
        Kind("CH303", "an optional input is new"),
        Kind("CH304", "an input accepts less", ("callers", "runs")),
        Kind("CH305", "an input accepts more"),
        Kind("CH306", "the type of an input is another", ("callers", "runs")),
        Kind("CH307", "an input has become required", CALLERS),
        Kind("CH311", "an output is gone", ALL),
        Kind("CH312", "an output is new", ("data", "runs")),
        Kind("CH313", "an output may be more", CALLERS),
        Kind("CH314", "an output may be less", ("data", "runs")),
        Kind("CH315", "the type of an output is another", ALL),
        Kind("CH316", "instructions or examples are others"),
        Kind("CH317", "an output with a default is new"),
        # What may be tuned
        Kind("CH401", "a variable is gone", ("callers", "runs")),
        Kind("CH402", "a variable is new", RUNS),
        Kind("CH403", "a variable is of another kind", ("callers", "runs")),
        Kind("CH404", "a domain is smaller", RUNS),
        Kind("CH405", "a domain is larger"),
        Kind("CH406", "a default of a variable is another"),
        Kind("CH407", "the conditions of a variable are others", RUNS),
        Kind("CH408", "a constraint is new, or another", RUNS),
        Kind("CH409", "a constraint is gone"),
        Kind("CH410", "a composite is gone, or of another type", CALLERS),
        Kind("CH411", "a composite is new, or computed in another way"),
        # Programs, pipelines, providers and resources
        Kind("CH501", "a program runs something else", ("callers", "runs")),
        Kind("CH502", "metrics or objectives are others", RUNS),
        Kind("CH503", "steps are others", RUNS),
        Kind("CH504", "what does it in Python is another"),
        Kind("CH505", "a model is gone", RUNS),
        Kind("CH506", "a model is new"),
        Kind("CH507", "a provider is reached in another way", CALLERS),
        Kind("CH508", "figures of a model are others"),
        Kind("CH601", "a relationship, calculation or action is gone, or another", BOTH),
        Kind("CH602", "a relationship, calculation or action is new"),
        Kind("CH603", "a transition is gone", CALLERS),
        Kind("CH604", "transitions or hooks are others"),
    )
}
