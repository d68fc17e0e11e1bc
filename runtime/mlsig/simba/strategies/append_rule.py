"""append_rule: advice in words, from one good and one bad answer to the same question.

A model (the candidate's own) sees both and is asked for one short rule. Where nobody answered well, the
expected answer of the data stands in for the good one. Of a step of a pipeline no answer is expected: until
two runs on one example differ, a good answer to one question stands beside a bad one to another. The call is
paid and counted like any other; whether the rule helps is then measured like every change.
"""

from __future__ import annotations

from random import Random
from typing import Final

import msgspec

from mlsig.evaluation.chance import pick
from mlsig.programs.candidates import Candidate
from mlsig.providers.messages import Message
from mlsig.simba.buckets import Bucket
from mlsig.simba.pool import Entry
from mlsig.simba.strategies import View

SHORTEST: Final = 8
LONGEST: Final = 200
"""Characters. Longer advice is mostly chatter, and is paid for in every call."""

CONTRAST: Final = 0.3
"""Two runs closer than this in score do not show what went wrong."""

FIRST: Final = 4


class AppendRule:
    """Adds one rule."""

    name = "append_rule"
    share = 0.2

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with one more rule.

        None when there is no contrast, or no usable rule came.
        """
        del parent
        telling = [bucket for bucket in view.buckets if _contrast(bucket) is not None]
        good = None
        if not telling and view.buckets:
            good = max(view.buckets, key=lambda bucket: bucket.best.score)
            bad = [one for one in view.buckets if good.best.score - one.worst.score >= CONTRAST]
            telling = sorted(bad, key=lambda bucket: bucket.worst.score)
        if not telling:
            return None
        bucket = pick(telling[:FIRST], rng)
        prompt = question(view.program.signature.instructions, bucket, candidate.rules, good)
        answer = await view.ask(candidate, prompt, bucket.item.id)
        rule = None if answer is None else read_rule(answer)
        if rule is None or rule.casefold() in {known.casefold() for known in candidate.rules}:
            return None
        rules = (*candidate.rules, rule)[-view.settings.max_rules :]
        return msgspec.structs.replace(candidate, rules=rules)


def question(
    instructions: str, bucket: Bucket, rules: tuple[str, ...], good: Bucket | None = None
) -> tuple[Message, ...]:
    """Return the messages that ask for a rule; the good answer is that of `good`, where it is given."""
    known = "".join(f"\n- {rule}" for rule in rules)
    parts = [
        f"A model was given this task: {instructions}",
        f"It was told already:{known}" if known else "",
    ]
    if good is None:
        better, bad = _contrast(bucket) or ("", "")
        parts += [_input(bucket), f"A good answer: {better}", f"A bad answer: {bad}"]
    else:
        parts += [_input(good), f"A good answer: {_shown(good.best.result.text)}"]
        parts += [_input(bucket), f"A bad answer: {_shown(bucket.worst.result.text)}"]
    parts.append(
        "Write one short general rule, one sentence, that leads to answers like the good one. "
        "Write only the rule."
    )
    return (Message("user", "\n\n".join(part for part in parts if part)),)


def read_rule(answer: str) -> str | None:
    """Return the first line that can be a rule, bare; None when there is none."""
    for line in answer.splitlines():
        words = " ".join(line.strip(" \t-*•\"'`#").split())
        head, colon, rest = words.partition(":")
        if colon and head.casefold() in {"rule", "the rule"}:
            words = rest.strip(" \"'")
        if words:
            return words if SHORTEST <= len(words) <= LONGEST else None
    return None


def _input(bucket: Bucket) -> str:
    return f"Input: {msgspec.json.encode(bucket.item.example.inputs.to_dict()).decode()}"


def _contrast(bucket: Bucket) -> tuple[str, str] | None:
    """Return the good and the bad answer, or None when the bucket has no two that tell."""
    best, worst = bucket.best, bucket.worst
    if best.score - worst.score >= CONTRAST:
        return _shown(best.result.text), _shown(worst.result.text)
    expected = bucket.item.example.expected.to_dict()
    if expected and best.score < CONTRAST:
        return msgspec.json.encode(expected).decode(), _shown(worst.result.text)
    return None


def _shown(text: str) -> str:
    return text[: LONGEST * 2].strip() or "(nothing)"
