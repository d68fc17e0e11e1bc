"""What editors know of signatures and programs: calls, answers, examples."""

from typing import Any, ClassVar, assert_type

import everything
from everything import Check, Passage, Repeat, Review, Verdict
from mlsig.parsing import Repair
from mlsig.signatures import Example
from msgspec import UnsetType
from sentiment import Classify, Sentiment
from sentiment import Review as ReviewOfFilm

answer = Review(claim="Water is wet.", passages=[])
reveal_type(answer)  # reveals: everything.Check.Output / Output
assert_type(answer.verdict, Verdict)
assert_type(answer.citations, list[Passage])
assert_type(ReviewOfFilm(review="Good.").sentiment, Sentiment)
assert_type(Repeat(text="a").text2, str)


async def ask() -> None:
    assert_type(await Review.acall(claim="It is so.", tone="friendly"), Check.Output)
    async for later_part in Review.astream(claim="It is so."):
        assert_type(later_part.verdict, Verdict | UnsetType)


for part in Review.stream(claim="It is so."):
    assert_type(part, Check.Expected | Check.Output)
    assert_type(part.verdict, Verdict | UnsetType)
assert_type(Check.reading("{}").output, Check.Output)
assert_type(Check.reading("{}").repairs, tuple[Repair, ...])


assert_type(Check.instructions, str)
assert_type(Check.examples, tuple[Check.Demo, ...])
example = Check.examples[0]
reveal_type(example)  # reveals: mlsig.signatures.Example[everything.Check.Input, everything.Check.Expected] / Example[Input, Expected]
assert_type(example.inputs, Check.Input)
assert_type(example.inputs.passages[0].tags, list[str])
assert_type(example.expected.verdict, Verdict | UnsetType)
assert_type(Check.example({}), Example[Check.Input, Check.Expected])
assert_type(Check.parse("{}"), Check.Output)
assert_type(Check.validate_io({}, {}), tuple[Check.Input, Check.Output])
assert_type(Review.metric_accuracy(example, answer), float)


class Louder(Check):
    instructions: ClassVar[str] = "SAY IT."


Review(question="Water?")  # error: mypy=call-arg pyright=reportCallIssue
Review("Water is wet.")  # error: mypy=call-arg pyright=reportCallIssue
Review.stream(question="Water?")  # error: mypy=call-arg pyright=reportCallIssue
Review()  # error: mypy=call-arg pyright=reportCallIssue
Review(claim="Water is wet.", tone="rude")  # error: mypy=arg-type pyright=reportArgumentType
Review(claim="Water is wet.", passages=[{"id": "a"}])  # error: mypy=list-item pyright=reportArgumentType
answer.verdcit  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
text: str = answer  # error: mypy=assignment pyright=reportAssignmentType
answer.verdict = Verdict.refuted  # error: mypy=misc pyright=reportAttributeAccessIssue
Sentiment.positive is answer.verdict  # error: mypy=comparison-overlap pyright=reportUnnecessaryComparison
Check.Output(verdict="refuted")  # error: mypy=arg-type pyright=reportArgumentType
Check.Output()  # error: mypy=call-arg pyright=reportCallIssue
Check.Input(claim=None)  # error: mypy=arg-type pyright=reportArgumentType
Classify.Output(sentiment=Verdict.refuted)  # error: mypy=arg-type pyright=reportArgumentType
example.inputs.verdict  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
Check.examples.append(example)  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
Check.parse({})  # error: mypy=arg-type pyright=reportArgumentType
Review.metric_accuracy(answer, example)  # error: mypy=arg-type pyright=reportArgumentType


def later() -> Any:
    return Review.acall(claim="It is so.").verdict  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType,reportUnknownVariableType


everything.Check.Imput  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
