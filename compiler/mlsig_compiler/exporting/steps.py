"""What the steps of a pipeline were taught, as programs of the overlay, and the pipelines that call those.

A step that nothing was chosen for calls what it called. Any other calls a program of the overlay, with a
space of its own, and with a signature of its own where it was taught something. Names stay where one step
alone has them; else the path of the step is added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.signatures import Example

from mlsig_compiler import syntax
from mlsig_compiler.exporting import restated
from mlsig_compiler.exporting.original import Original, Part

RETURN = "return"

Called = tuple[Original, Any]
"""What a step calls: the file that declares it, and the declaration."""


class Steps:
    """The declarations of an overlay of a pipeline.

    Attributes:
        own: The names that it declares.
        demos: All demonstrations that it shows.
    """

    def __init__(self, root: Original, pipeline: Program) -> None:
        """Look at all steps.

        Args:
            root: The file of the pipeline.
            pipeline: The pipeline, as it was chosen.
        """
        self.own: set[str] = set()
        self.demos: list[Example[Any, Any]] = []
        self._root = root
        self._programs = pipeline.programs()
        self._plain = type(pipeline)().programs()
        self._pipeline = pipeline
        self._parts: list[Part] = []
        self._uses: Counter[tuple[str, str]] = Counter()
        self._taken = {*root.declared, *root.imported}

    def declared(self, node: syntax.Pipeline) -> list[Part]:
        """Return all declarations."""
        self._count(self._root, node)
        self._rewritten(self._root, node, "", node.head.name.text)
        return self._parts

    def _count(self, home: Original, node: Any) -> None:
        """Count how many steps use each declaration, the signatures of programs among them."""
        for _, _, (where, called) in _calls(home, node):
            self._uses[where.module, called.head.name.text] += 1
            if isinstance(called, syntax.Pipeline):
                self._count(where, called)
            elif isinstance(called, syntax.Program):
                place, signature = where.found(_setting(where, called, "signature"))
                self._uses[place.module, signature.head.name.text] += 1

    def _rewritten(self, home: Original, node: Any, path: str, name: str) -> None:
        """Declare a pipeline that calls what the overlay has, under a name."""
        self.own.add(name)
        changes = [(node.head.name.span, name)]
        for step, callee, (where, called) in _calls(home, node):
            place = f"{path}{step}"
            new, returned = self._step(where, called, place)
            if new is None:
                continue
            changes.append((callee.span, new))
            if step == RETURN:
                changes += [
                    (one, returned if isinstance(home.found(said)[1], syntax.Signature) else new)
                    for one, said in _named(node.returns)
                    if isinstance(home.found(said)[1], syntax.Signature | syntax.Program | syntax.Pipeline)
                ]
        text = home.text(node)
        for span, word in sorted(changes, key=lambda change: -change[0].start):
            start, end = span.start - node.span.start, span.end - node.span.start
            text = text[:start] + word + text[end:]
        annotations = "".join(
            f"{home.text(one)}\n" for one in node.annotations if one.span.start < node.span.start
        )
        self._parts.append(Part(f"{annotations}{text}\n", home))

    def _step(self, where: Original, called: Any, place: str) -> tuple[str | None, str]:
        """Declare what a step calls; return its name, None where nothing changes, and its signature's."""
        said = called.head.name.text
        if isinstance(called, syntax.Pipeline):
            inner = f"{place}."
            if not any(self._changed(path) for path in self._programs if path.startswith(inner)):
                return None, ""
            name = self._name(where, called, place)
            self._rewritten(where, called, inner, name)
            return name, name
        if not self._changed(place):
            return None, ""
        program = self._programs[place]
        words = restated.Words(program, program.candidate)
        direct = isinstance(called, syntax.Signature)
        base = "" if direct else _setting(where, called, "space")
        line = restated.line_of(where, said if direct else _setting(where, called, "signature"))
        home, node = line[-1]
        signature = node.head.name.text
        if self._taught(place):
            signature = self._name(home, node, place)
            self.own.add(signature)
            self._parts += restated.signature(signature, line, program.candidate.demos, words)
            self.demos += program.candidate.demos
            uses = Part("", where)
        else:
            uses = Part(signature, home)
        name = (
            self._free(f"{said}{'' if self._alone(where, called) else _pascal(place)}Chosen")
            if direct
            else ""
        )
        name = name or self._name(where, called, place)
        space = self._free(f"{name}Tuning")
        self.own |= {name, space}
        self._parts.append(
            Part(restated.space(space, base, program, program.candidate, words, step=True), where)
        )
        members = [] if direct else [one for one in called.members if _kept(one)]
        body = [
            f"  signature: {signature}",
            f"  space: {space}",
            *(f"  {where.text(one)}" for one in members),
        ]
        self._parts += [
            uses._replace(whole=False),
            Part(f"program {name} {{\n" + "\n".join(body) + "\n}\n", where),
        ]
        return name, signature

    def _changed(self, place: str) -> bool:
        return self._taught(place) or _config(self._programs[place]) != _config(self._plain[place])

    def _taught(self, place: str) -> bool:
        """Whether the step says anything but its signature's own words and examples."""
        return _learned(self._programs[place].candidate) != _learned(self._plain[place].candidate)

    def _alone(self, home: Original, node: Any) -> bool:
        return self._uses[home.module, node.head.name.text] == 1

    def _name(self, home: Original, node: Any, place: str) -> str:
        """Return the name under which a step has a declaration: its own, where no other step uses it."""
        said: str = node.head.name.text
        if self._alone(home, node) and said not in self.own and said != self._pipeline.name:
            return said
        return self._free(f"{said}{_pascal(place)}")

    def _free(self, wanted: str) -> str:
        """Return a name that is not taken."""
        name, number = wanted, 2
        while name in self._taken or name in self.own:
            name, number = f"{wanted}{number}", number + 1
        return name


def _calls(home: Original, node: Any) -> Iterator[tuple[str, Any, Called]]:
    """Yield the steps of a pipeline that ask models: the name, where it names what it calls, and that."""
    for member in node.members:
        value = member.value.element if isinstance(member.value, syntax.Each) else member.value
        if not isinstance(value, syntax.Apply) or not isinstance(value.function, syntax.Reference):
            continue
        where, called = home.found(value.function.path[0])
        if isinstance(called, syntax.Signature | syntax.Program | syntax.Pipeline):
            yield member.name.text if member.name is not None else RETURN, value.function, (where, called)


def _named(written: Any) -> Iterator[tuple[Any, str]]:
    """Yield the names in a type, each with its place."""
    match written:
        case syntax.TypeName(name, items):
            yield name.span, name.text
            for item in items:
                yield from _named(item)
        case syntax.OptionalType(inner):
            yield from _named(inner)
        case syntax.UnionType(options):
            for option in options:
                yield from _named(option)
        case _:
            return


def _setting(home: Original, node: Any, name: str) -> str:
    return next(
        home.text(one.value)
        for one in node.members
        if isinstance(one, syntax.Setting) and one.name.text == name
    )


def _kept(member: Any) -> bool:
    """Whether a member of a program is said as it was."""
    return not (isinstance(member, syntax.Setting) and member.name.text in ("signature", "space"))


def _config(program: Program) -> dict[str, Any]:
    return program.candidate.config.to_dict()


def _learned(candidate: Candidate) -> dict[str, Any]:
    return {name: found for name, found in candidate.to_dict().items() if name != "config"}


def _pascal(path: str) -> str:
    """Return the path of a step as a part of a name: `inner.plan_it` as `InnerPlanIt`."""
    return "".join(word[:1].upper() + word[1:] for word in path.replace(".", "_").split("_"))
