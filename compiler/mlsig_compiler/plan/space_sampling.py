"""The bodies of `sample` and `sample_columns`: one table for each component of a space, and plain draws.

    adapter, temperature_count = cls.tables[0].row(draw())
    temperature = int(draw() * temperature_count) / 10
    demos = int(draw() * 9)

Both call for the same uniform numbers in the same order, a fixed count for each configuration, and so give
the same configurations.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from mlsig.spaces.draws import EXACT, thresholds

from mlsig_compiler.literals import literal
from mlsig_compiler.model import Domain, OptionsDomain, Space, Variable
from mlsig_compiler.plan import domains
from mlsig_compiler.plan.layout import Atom, Expression, Text, call, lay, tuple_of
from mlsig_compiler.plan.space_draws import NULL_WAY, POOL_WAY, Way, columnar, single, way_of
from mlsig_compiler.proofs.cells import NOTHING, Listed, Piece, Span, whole
from mlsig_compiler.proofs.components import Component
from mlsig_compiler.proofs.rows import count, parts, rows
from mlsig_compiler.proofs.study import Study

ROWS: Final = 4096
"""A component of up to so many rows is a table."""

EDGES: Final = 60_000
"""A component with more rows than that is a walk, if its diagram has no more edges than so many."""

_LONG: Final = 24  # characters of a variable's name in the names of its columns

_PLAIN: Final = 2**53  # ints from here on are none that columns can hold


@dataclass(frozen=True, slots=True)
class Names:
    """How things are written: locals, fresh names, functions, what is absent, draws with `log`."""

    local: Mapping[str, str]
    fresh: Callable[[str], str]
    function: Callable[[str], str]
    absent: Callable[[str], str]
    spell: Mapping[str, str]
    climb: Callable[[str, float, float, str], list[str]]


@dataclass(slots=True)
class Column:
    """A column of a table: its local name, and the Python of its value in each row."""

    name: str
    values: list[str]


@dataclass(slots=True)
class Slot:
    """A variable of a component: its ways, which of them each row has, and what they are given."""

    name: str
    value: str = ""  # the column of the value itself, where no row leaves a choice
    ways: list[Way] = field(default_factory=list[Way])
    given: list[dict[str, str]] = field(default_factory=list[dict[str, str]])  # by way
    chooser: str = ""  # the column that says which way, or its only value

    @property
    def draws(self) -> bool:
        """Whether a number is drawn for it."""
        return not self.value


@dataclass(slots=True)
class Joint:
    """A component as a table, or one variable of it where it is a walk."""

    columns: list[Column] = field(default_factory=list[Column])
    slots: list[Slot] = field(default_factory=list[Slot])
    masses: tuple[float, ...] = ()


@dataclass(slots=True)
class Path:
    """A component as a walk: for each variable in order its parts, and the states as JSON."""

    joints: list[Joint]
    varies: list[bool]  # whether a layer leaves a choice
    states: str


class Sampling:
    """Writes what draws from a space.

    Attributes:
        draws: How many uniform numbers a configuration takes.
        tested: The constraints that what is drawn may break.
    """

    def __init__(self, study: Study, names: Names, width: int) -> None:
        self._study = study
        self._space: Space = study.space
        self._names = names
        self._width = width
        self.pools: list[tuple[Any, ...]] = []
        self.tables: list[Joint] = []
        self._kept: dict[str, str] = {"tables": "cls.tables", "pools": "cls.pools"}
        self._numbers: dict[int, int] = {}  # of tables, by component
        self._joints: dict[int, Joint] = {}
        self._plain = all(_holdable(self._variable(name).domain) for name in study.free)
        self._paths: dict[int, Path] = {}
        for component in study.components:
            if not _tabular(component):
                self._paths[id(component)] = self._path(component)
                continue
            joint = self._joint(component)
            self._joints[id(component)] = joint
            if joint.columns:
                self._numbers[id(component)] = len(self.tables)
                self.tables.append(joint)
        self.tested = tuple(sorted(k for component in study.components for k in component.tested))
        tables = sum(len(joint.masses) > 1 for joint in self._joints.values())
        slots = sum(slot.draws for joint in self._joints.values() for slot in joint.slots)
        for path in self._paths.values():
            slots += sum(slot.draws for joint in path.joints for slot in joint.slots)
            tables += sum(path.varies)
        free = sum(not _constant(self._variable(name)) for name in study.free)
        self.draws = tables + slots + free + bool(self.tested)

    @staticmethod
    def possible(study: Study) -> bool:
        """Tell whether every component has a table; otherwise it is drawn by trial."""
        return study.contradiction is None and all(
            component.diagram is not None
            and not component.vague
            and bool(component.mass[0])
            and (_tabular(component) or component.diagram.edges <= EDGES)
            for component in study.components
        )

    @property
    def columnar(self) -> bool:
        """Whether columns of NumPy can hold what is drawn, and nothing has to be drawn again."""
        return bool(self.draws) and self._plain and not self.tested and not self._paths

    def scalars(self, free: Callable[[Variable], list[str]], column: int) -> list[str]:
        """Return the statements that draw one configuration; `free` those of a variable of its own."""
        lines: list[str] = []
        for word, found in (("tables", self.tables), ("pools", self.pools)):
            if len(found) > 1:  # a local is read faster than what a class has
                self._kept[word] = self._names.fresh(word)
                lines.append(f"{self._kept[word]} = cls.{word}")
        for item in self._items():
            if isinstance(item, Variable):
                lines += free(item)
                continue
            if id(item) in self._paths:
                lines += self._walked(self._paths[id(item)], column)
                continue
            joint = self._joints[id(item)]
            if joint.columns:
                row = self._row(self._numbers[id(item)], joint)
                lines += self._unpacked(joint, row, column)
            for slot in joint.slots:
                lines += self._one(slot, column)
        return lines

    def columns(self) -> list[str]:
        """Return the statements of `sample_columns`."""
        taken = 0
        lines = [f"u = vectors.uniforms(rng, n, {self.draws})"]
        for item in self._items():
            if isinstance(item, Variable):
                x = self._names.local[item.name]
                place = f"cls.variables[{self._space.variables.index(item)}].domain"
                if _constant(item):
                    lines.append(f"{x} = vectors.filled(n, {self._lone(item)})")
                    continue
                lines.append(f"{x} = vectors.drawn(u[{taken}], {place})")
                taken += 1
                continue
            joint = self._joints[id(item)]
            if joint.columns:
                row = f"cls.tables[{self._numbers[id(item)]}].columns(u[{taken}])"
                lines += self._unpacked(joint, row, 8)
                taken += 1
            for slot in joint.slots:
                lines += self._many(slot, f"u[{taken}]")
                taken += slot.draws
        entries = {name: Atom(self._names.local[name]) for name in self._space.declared}
        parts = ", ".join(f"{literal(name)}: {value.text}" for name, value in entries.items())
        if len(parts) + 17 <= self._width:
            return [*lines, f"return {{{parts}}}"]
        return [
            *lines,
            "return {",
            *(f"    {literal(name)}: {value.text}," for name, value in entries.items()),
            "}",
        ]

    def described(self) -> tuple[str, str, str]:
        """Return the Python of `tables`, `pools` and `walks`, empty for none."""
        spaces = self._names.spell["spaces"]
        made: list[Expression] = []
        for joint in self.tables:
            sums = tuple_of(Atom(literal(x)) for x in thresholds(joint.masses))
            made.append(call(f"{spaces}.Table", sums, _rows(joint, len(joint.masses))))
        walks = [
            call(
                f"{spaces}.Walk",
                Text(path.states),
                tuple_of(_rows(joint, len(joint.masses)) for joint in path.joints),
            )
            for path in self._paths.values()
        ]
        tables = lay(tuple_of(made), 4, 48, 0, self._width) if made else ""
        pools = tuple_of(tuple_of(domains.scalar(value) for value in pool) for pool in self.pools)
        return (
            tables,
            lay(pools, 4, 50, 0, self._width) if self.pools else "",
            lay(tuple_of(walks), 4, 47, 0, self._width) if walks else "",
        )

    def _items(self) -> Iterator[Variable | Component]:
        """Return free variables and components, in the order of the variables."""
        done: set[int] = set()
        for variable in self._space.variables:
            component = self._study.by_name.get(variable.name)
            if component is None:
                yield variable
            elif id(component) not in done:
                done.add(id(component))
                yield component

    def _variable(self, name: str) -> Variable:
        return next(variable for variable in self._space.variables if variable.name == name)

    def _lone(self, variable: Variable) -> str:
        only = domains.lone(variable.domain)
        return literal(only.options[0]) if only else "None"

    def _joint(self, component: Component) -> Joint:
        if component.diagram is None:
            return Joint()
        found = [row for row in rows(component, component.diagram) if row.mass]
        joint = Joint(masses=tuple(row.mass for row in found))
        order = component.diagram.order
        for name in component.names:
            self._add(joint, name, [row.parts[order.index(name)].piece for row in found])
        return joint

    def _path(self, component: Component) -> Path:
        """Return a component that has too many rows as a walk from variable to variable."""
        diagram = component.diagram
        if diagram is None:
            return Path([], [], "[]")
        after, _ = diagram.masses(component.weights)
        joints: list[Joint] = []
        varies: list[bool] = []
        layers: list[Any] = []
        for k, (name, layer) in enumerate(zip(diagram.order, diagram.layers, strict=True)):
            known: dict[Piece, int] = {}
            states: list[Any] = []
            for edges in layer:
                ways = [
                    (part.mass * after[k + 1][edge.to], edge.to, known.setdefault(part.piece, len(known)))
                    for edge in edges
                    for part in parts(component.cells[name], edge.cells)
                    if part.mass * after[k + 1][edge.to]
                ]
                sums = _running([way[0] for way in ways])
                states.append([sums, [way[1] for way in ways], [way[2] for way in ways]])
            joint = Joint(masses=(1.0,) * len(known))
            self._add(joint, name, list(known))
            joints.append(joint)
            varies.append(any(state[0] for state in states))
            layers.append(states)
        return Path(joints, varies, json.dumps(layers, separators=(",", ":")))

    def _walked(self, path: Path, column: int) -> list[str]:
        """Return the statements that walk through a component."""
        walk = self._names.fresh("walk")
        state, part = self._names.fresh("state"), self._names.fresh("part")
        lines = [f"{walk} = cls.walks[{list(self._paths.values()).index(path)}]"]
        for k, joint in enumerate(path.joints):
            u = "draw()" if path.varies[k] else "0.0"
            lines.append(f"{state}, {part} = {walk}.step({k}, {state if k else 0}, {u})")
            if joint.columns:
                lines += self._unpacked(joint, f"{walk}.rows[{k}][{part}]", column)
            for slot in joint.slots:
                lines += self._one(slot, column)
        return lines

    def _add(self, joint: Joint, name: str, pieces: Sequence[Piece]) -> None:
        """Add the columns of one variable to a table."""
        x = self._names.local[name]
        if all(piece.size == 1 for piece in pieces):
            values = [self._value(name, piece) for piece in pieces]
            slot = Slot(name, value=self._column(joint, x, values))
            joint.slots.append(slot)
            return
        ways: dict[Way, list[int]] = {}
        given: list[dict[str, Any]] = []
        pool: list[Any] = []
        pooled: dict[tuple[Any, ...], int] = {}
        for k, piece in enumerate(pieces):
            way, found = way_of(piece)
            numbers: dict[str, Any] = dict(found)
            if way == POOL_WAY and isinstance(piece, Listed):
                key = tuple(literal(plain(value)) for value in piece.values)
                if key not in pooled:
                    pooled[key] = len(pool)
                    pool += map(plain, piece.values)
                numbers = {"first": pooled[key], "count": len(piece.values)}
            if way.kind in {"pool", "steps"} and numbers["count"] <= EXACT:
                numbers["count"] = float(numbers["count"])  # a float by a float is multiplied faster
            given.append(numbers)
            ways.setdefault(way, []).append(k)
            self._plain = self._plain and all(abs(number) < _PLAIN for number in numbers.values())
        if pool:
            self.pools.append(tuple(pool))
        slot = Slot(name)
        for way, places in ways.items():
            texts: dict[str, str] = {"pool": f"cls.pools[{len(self.pools) - 1}]"} if way == POOL_WAY else {}
            for word in given[places[0]]:
                seen = {literal(given[k][word]) for k in places}
                zero = literal(type(given[places[0]][word])(0))
                every = [literal(numbers[word]) if word in numbers else zero for numbers in given]
                texts[word] = (
                    seen.pop() if len(seen) == 1 else self._column(joint, f"{x[:_LONG]}_{word}", every)
                )
            slot.ways.append(way)
            slot.given.append(texts)
        if len(ways) > 1:
            order = list(ways)
            which = {k: str(order.index(way)) for way, places in ways.items() for k in places}
            slot.chooser = self._column(joint, f"{x[:_LONG]}_way", [which[k] for k in range(len(pieces))])
        joint.slots.append(slot)

    def _value(self, name: str, piece: Piece) -> str:
        return self._names.absent(name) if piece is NOTHING else lay(domains.scalar(plain(piece.sample)))

    def _column(self, joint: Joint, wish: str, values: list[str]) -> str:
        """Return the local name of a column, or its value where all rows have the same one."""
        if all(value == values[0] for value in values):
            return values[0]
        name = wish if wish in self._names.local.values() else self._names.fresh(wish)
        joint.columns.append(Column(name, values))
        return name

    def _row(self, number: int, joint: Joint) -> str:
        """Return the row of a table that a number falls on."""
        table = f"{self._kept['tables']}[{number}]"
        if len(joint.masses) == 2:
            return f"{table}.rows[draw() >= {literal(thresholds(joint.masses)[0])}]"
        return f"{table}.rows[{self._names.function('bisect_right')}({table}.sums, draw())]"

    def _unpacked(self, joint: Joint, row: str, column: int) -> list[str]:
        names = ", ".join(each.name for each in joint.columns)
        line = f"{names}{',' if len(joint.columns) == 1 else ''} = {row}"
        line = f"({names},) = {row}" if len(joint.columns) == 1 else line
        if column + len(line) <= self._width:
            return [line]
        return ["(", *(f"    {each.name}," for each in joint.columns), f") = {row}"]

    def _one(self, slot: Slot, column: int) -> list[str]:
        x = self._names.local[slot.name]
        if slot.value:
            # of any type: checkers take the one value that it always has for any string
            any_ = self._names.spell["Any"]
            return [] if slot.value == x else [f"{x}: {any_} = {slot.value}"]
        if len(slot.ways) == 1:
            return self._reached(slot, 0, "draw()", column)
        u = self._names.fresh("u") if "u" not in self._names.local else "u_"
        lines = [f"{u} = draw()"]
        ways = [k for k, way in enumerate(slot.ways) if way != NULL_WAY]
        branches = {k: self._reached(slot, k, u, column + 4) for k in ways}
        if all(len(branch) == 1 for branch in branches.values()) and len(slot.ways) == 2:
            texts = [self._scalar(slot, k, u) for k in range(2)]
            short = f"{x} = {texts[-1]} if {slot.chooser} else {texts[0]}"
            if column + len(short) <= self._width:
                return [*lines, short]
        if len(ways) < len(slot.ways):
            lines.append(f"{x}: {self._names.spell['Any']} = {self._names.absent(slot.name)}")
        for k, branch in branches.items():
            last = k == ways[-1] and len(ways) == len(slot.ways)
            word = "if" if k == ways[0] else "elif"
            lines.append("else:" if last else f"{word} {slot.chooser} == {k}:")
            lines += [f"    {line}" for line in branch]
        return lines

    def _reached(self, slot: Slot, k: int, u: str, column: int) -> list[str]:
        """Return the statements that draw a value in one way."""
        x, way, given = self._names.local[slot.name], slot.ways[k], slot.given[k]
        if way.kind == "log" and _is_number(given["low"]) and _is_number(given["high"]):
            lines = self._names.climb(x, float(given["low"]), float(given["high"]), u)
            if lines:
                return lines
        return self._assigned(x, self._scalar(slot, k, u), column)

    def _assigned(self, x: str, text: str, column: int) -> list[str]:
        line = f"{x} = {text}"
        return [line] if column + len(line) <= self._width else [f"{x} = (", f"    {text}", ")"]

    def _scalar(self, slot: Slot, k: int, u: str) -> str:
        if slot.ways[k] == NULL_WAY:
            return self._names.absent(slot.name)
        given = slot.given[k]
        if "pool" in given:
            given = {**given, "pool": f"{self._kept['pools']}{given['pool'].removeprefix('cls.pools')}"}
        return single(slot.ways[k], given, u, self._names.function)

    def _many(self, slot: Slot, u: str) -> list[str]:
        x = self._names.local[slot.name]
        if slot.value:
            return [] if slot.value == x else [f"{x} = vectors.filled(n, {slot.value})"]
        texts = [
            self._names.absent(slot.name) if way == NULL_WAY else columnar(way, given, u)
            for way, given in zip(slot.ways, slot.given, strict=True)
        ]
        if len(texts) == 1:
            return self._assigned(x, texts[0], 8)
        line = f"{x} = vectors.selected({slot.chooser}, {', '.join(texts)})"
        if len(line) + 8 <= self._width:
            return [line]
        return [f"{x} = vectors.selected(", *(f"    {t}," for t in (slot.chooser, *texts)), ")"]


def _holdable(domain: Domain) -> bool:
    """Tell whether columns of NumPy can hold the arithmetic of a domain."""
    if isinstance(domain, OptionsDomain):
        return True
    piece = whole(domain)
    if isinstance(piece, Span):
        return True
    numbers = (piece.origin, piece.origin + piece.count * piece.step, piece.count, piece.scale)
    return all(abs(number) < _PLAIN for number in numbers)


def _running(masses: Sequence[float]) -> list[float]:
    """Return the running sums of masses, as shares, without the last."""
    sums = list(accumulate(masses))
    return [x / sums[-1] for x in sums[:-1]]


def _tabular(component: Component) -> bool:
    """Tell whether a component is small enough for a table."""
    return component.diagram is None or count(component, component.diagram, ROWS) is not None


def _rows(joint: Joint, count: int) -> Expression:
    return tuple_of(tuple_of(Atom(column.values[k]) for column in joint.columns) for k in range(count))


def plain(value: Any) -> Any:
    """Return a value without the figures that a model has."""
    return str(value) if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    """Tell whether what a way is given is a number, and not the name of a column."""
    return text[0].isdigit()


def _constant(variable: Variable) -> bool:
    return domains.lone(variable.domain) is not None
