"""reword: a new instruction, or a new description of a field, written by the model after a few mistakes.

The reflection model sees the present words, and some answers that scored badly with what was expected, and
writes the text anew. What comes back is one text of bounded length; whether it helps is measured like every
change.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec

from mlsig.evaluation.chance import pick
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.buckets import Bucket
from mlsig.simba.pool import Entry
from mlsig.simba.strategies import View

LONGEST: Final = 1_200
"""Characters of an instruction; a description has a quarter."""

SHORTEST: Final = 8
MISTAKES: Final = 3
BAD: Final = 0.5
FIELDS: Final = 0.25
"""How often a description is written anew, and not the instruction."""


class Reword:
    """Writes the instruction or a description anew."""

    name = "reword"
    share = 0.1

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate in other words; None where nothing went wrong, or nothing usable came."""
        del parent
        wrong = [bucket for bucket in view.buckets if bucket.worst.score < BAD]
        if not wrong:
            return None
        start = int(rng.random() * min(len(wrong), 2 * MISTAKES))
        shown = [*wrong[start:], *wrong[:start]][:MISTAKES]
        signature = view.program.signature
        fields = {
            field.name: candidate.descriptions.get(field.name, field.description)
            for record in (signature.Input, signature.Output)
            for field in record.shape().fields
        }
        if rng.random() < FIELDS:
            name = pick(sorted(fields), rng)
            prompt = question(f"the description of the field `{name}`", fields[name], shown)
            text = read_text(await view.ask(candidate, prompt, shown[0].item.id), LONGEST // 4)
            if text is None or text == fields[name]:
                return None
            return msgspec.structs.replace(candidate, descriptions={**candidate.descriptions, name: text})
        present = candidate.instructions or view.program.speaking(candidate).instructions
        present = present or signature.instructions
        whole = "\n".join([present, *(f"- {rule}" for rule in candidate.rules)])
        prompt = question("the instruction", whole, shown)
        text = read_text(await view.ask(candidate, prompt, shown[0].item.id), LONGEST)
        if text is None or text in (present, whole):
            return None
        # The rules are part of what was written anew.
        return msgspec.structs.replace(candidate, instructions=text, rules=())


def question(what: str, present: str, wrong: Sequence[Bucket]) -> tuple[Message, ...]:
    """Return the messages that ask for new words."""
    cases = [
        f"Input: {msgspec.json.encode(bucket.item.example.inputs.to_dict()).decode()}\n"
        f"Bad answer: {bucket.worst.result.text[:400].strip() or '(nothing)'}\n"
        f"Expected: {msgspec.json.encode(bucket.item.example.expected.to_dict()).decode()}"
        for bucket in wrong
    ]
    parts = [
        f"A model works by {what} below, and made the mistakes below.",
        f"Present text:\n{present or '(nothing)'}",
        *cases,
        f"Write a new instruction, that is, a new text for {what}: keep what is right in the present text, "
        "and say in general words what leads to the expected answers. Write only the text.",
    ]
    return (Message("user", "\n\n".join(parts)),)


def read_text(answer: str | None, longest: int) -> str | None:
    """Return an answer as a text, bare; None when there is none, or it is too long."""
    if answer is None:
        return None
    lines = [line.rstrip() for line in answer.strip().splitlines() if not line.startswith("```")]
    text = "\n".join(lines).strip(" \n\"'`")
    return text if SHORTEST <= len(text) <= longest else None
