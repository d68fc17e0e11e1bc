"""New candidates for a step: which strategy, from which parent, and no candidate twice."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from mlsig.evaluation.chance import generator
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.batches import Item, source
from mlsig.simba.buckets import buckets
from mlsig.simba.events import Listener, Proposed, Skipped
from mlsig.simba.journal import Journal
from mlsig.simba.payoff import Payoff
from mlsig.simba.pool import Entry, Pool
from mlsig.simba.settings import Settings
from mlsig.simba.strategies import Strategy, View
from mlsig.simba.strategies.append_demo import AppendDemo, room_for_demos
from mlsig.simba.strategies.append_rule import AppendRule
from mlsig.simba.strategies.assemble import Assemble
from mlsig.simba.strategies.in_steps import InSteps, shown
from mlsig.simba.strategies.merge import Merge
from mlsig.simba.strategies.reword import Reword
from mlsig.simba.strategies.swap_module import SwapModule
from mlsig.simba.strategies.vary_configuration import VaryConfiguration
from mlsig.simba.trials import Trials

ATTEMPTS: Final = 4
"""How often a place in a step is offered to a strategy before it stays empty."""

TWOFOLD: Final = 0.35
"""How often a challenger differs from its parent in two ways.

Demonstrations and layout may only help together.
"""

QUESTIONS: Final = 1
"""How many rules are asked for in a step."""

ASKING: Final = (AppendRule.name, Reword.name)
"""The strategies that ask a model, which is paid."""

_SECOND: Final = {"append_demo": "vary_configuration", "vary_configuration": "append_demo"}


class Proposer:
    """Makes challengers, and learns which strategies pay."""

    def __init__(
        self,
        *,
        program: Program,
        settings: Settings,
        pool: Pool,
        items: Sequence[Item],
        trials: Trials,
        journal: Journal,
        tell: Listener,
    ) -> None:
        self._program = program
        self._settings = settings
        self._pool = pool
        self._items = items
        self._sources = {item.source: item.id for item in items}
        self._trials = trials
        self._journal = journal
        self._tell = tell
        self._in_steps = bool(program.leaves())
        self._strategies = strategies(settings, in_steps=self._in_steps)
        self._payoff = Payoff({name: strategy.share for name, strategy in self._strategies.items()})

    async def admit(self, candidate: Candidate, *, parent: str | None, strategy: str, step: int) -> Entry:
        """Take a candidate into the pool, and write it down."""
        room = room_for_demos(candidate, len(candidate.demos))
        demos = [self._sources.get(source(demo)) for demo in candidate.demos[:room]]
        if self._in_steps:
            demos += shown(candidate, self._pool.entries, len(self._items))
        entry = Entry(
            candidate=candidate,
            program=self._program.with_candidate(candidate),
            key=candidate.key(),
            parent=parent,
            strategy=strategy,
            step=step,
            shown=frozenset(name for name in demos if name is not None),
        )
        self._pool.add(entry)
        await self._journal.candidate(
            entry.key, candidate.to_dict(), parent=parent, strategy=strategy, step=step
        )
        return entry

    async def apart(self, candidate: Candidate, like: Entry, *, step: int) -> Entry:
        """Write a candidate down that is run for comparison with another one, and never proposed."""
        key = candidate.key()
        if key in self._pool:
            return self._pool[key]
        entry = Entry(
            candidate=candidate,
            program=self._program.with_candidate(candidate),
            key=key,
            parent=like.key,
            strategy="without",
            step=step,
            shown=like.shown,
        )
        await self._journal.candidate(
            key, candidate.to_dict(), parent=like.key, strategy=entry.strategy, step=step
        )
        return entry

    async def challengers(self, step: int, count: int, *, limit: int) -> list[Entry]:
        """Return up to `count` new candidates."""
        made: list[Entry] = []
        asked = 0

        async def ask(candidate: Candidate, messages: tuple[Message, ...], example: str) -> str | None:
            nonlocal asked
            asked += 1
            return await self._trials.ask(candidate, messages, example, step * QUESTIONS + asked, limit=limit)

        found = buckets(self._pool.entries, self._items)
        view = View(self._program, self._settings, self._pool, found, self._items, ask)
        for slot in range(count):
            for attempt in range(ATTEMPTS):
                rng = generator(self._settings.seed, "step", step, "slot", slot, "attempt", attempt)
                name = self._payoff.choose(rng)
                if name in ASKING and asked >= QUESTIONS:
                    continue
                entry = await self._propose(name, step, view, rng)
                if entry is not None:
                    made.append(entry)
                    break
        return made

    def learn(self, entry: Entry, gain: float) -> None:
        """Take into account what a challenger scored above the leader on the same examples."""
        for name in entry.strategy.split("+"):
            if name in self._strategies:
                self._payoff.learn(name, gain)

    async def _propose(self, name: str, step: int, view: View, rng: Random) -> Entry | None:
        parent = self._pool.draw(rng) or self._pool.baseline
        candidate = await self._strategies[name].propose(parent, parent.candidate, view, rng)
        if candidate is None:
            self._tell(Skipped(step, name, "nothing to propose"))
            return None
        strategy = name
        if _SECOND.get(name) in self._strategies and rng.random() < TWOFOLD:
            second = await self._strategies[_SECOND[name]].propose(parent, candidate, view, rng)
            if second is not None:
                candidate, strategy = second, f"{name}+{_SECOND[name]}"
        if candidate.key() in self._pool:
            self._tell(Skipped(step, strategy, "known already"))
            return None
        entry = await self.admit(candidate, parent=parent.key, strategy=strategy, step=step)
        self._tell(Proposed(step, entry.key, parent.key, strategy))
        return entry


def strategies(settings: Settings, *, in_steps: bool) -> dict[str, Strategy]:
    """Return the strategies of a run by name; those that teach work on the steps of a pipeline."""
    teaching: list[Strategy] = [AppendDemo(), AppendRule(), Reword()]
    taught: list[Strategy] = [InSteps(strategy) if in_steps else strategy for strategy in teaching]
    whole: list[Strategy] = [VaryConfiguration(), SwapModule(), Merge(), Assemble()]
    return {
        strategy.name: strategy
        for strategy in (*taught, *whole)
        if (not settings.strategies or strategy.name in settings.strategies)
        and (settings.rules or strategy.name not in ASKING)
    }
