"""The options of a step: `retry 2 timeout 10s on_error continue concurrency 8`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import nearest
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span

MOST_RETRIES: Final = 100
MOST_AT_ONCE: Final = 10_000
LONGEST: Final = 7 * 24 * 3600.0  # seconds
ENDINGS: Final[dict[str, Literal["fail", "continue"]]] = {"fail": "fail", "continue": "continue"}


@dataclass(slots=True)
class Options:
    """What the options of a step say. `continues` is where `on_error continue` stands."""

    retry: int = 0
    timeout: float | None = None
    on_error: Literal["fail", "continue"] = "fail"
    concurrency: int | None = None
    continues: Span | None = None


def read(step: syntax.Step, scope: Scope, *, called: bool, mapped: bool) -> Options:
    """Return what the options of a step say; those that are wrong or without effect are reported."""
    found = Options()
    first: dict[str, Span] = {}
    for option in step.options:
        if option.word in first:
            labels = (Label(first[option.word], "first said here"),)
            scope.report("MLS0407", option.span, f"`{option.word}` is said twice", labels=labels)
            continue
        first[option.word] = option.span
        if not called:
            message = f"`{option.word}` has no effect here, because nothing is called"
            help = "a step that only has a value cannot fail, and takes no time"
            scope.report("MLS0628", option.span, message, help=help)
        elif option.word == "concurrency" and not mapped:
            message = "`concurrency` has no effect here, because there is only one call"
            help = (
                "it bounds the calls of a step that goes through a list: `[search(query=q) for q in queries]`"
            )
            scope.report("MLS0628", option.span, message, help=help)
        else:
            _set(option, found, scope)
    return found


def _set(option: syntax.StepOption, found: Options, scope: Scope) -> None:
    value = option.value
    match option.word, value:
        case "retry", syntax.Literal(int() as number):
            if number > MOST_RETRIES:
                _wrong(value.span, f"`retry` is a number from 0 to {MOST_RETRIES}", scope)
            found.retry = min(number, MOST_RETRIES)
        case "concurrency", syntax.Literal(int() as number):
            if not 1 <= number <= MOST_AT_ONCE:
                _wrong(value.span, f"`concurrency` is a number from 1 to {MOST_AT_ONCE:_}", scope)
            found.concurrency = number
        case "timeout", syntax.Duration(seconds):
            if not 0 < seconds <= LONGEST:
                _wrong(value.span, "a timeout is longer than 0 and at most 168h", scope)
            found.timeout = seconds
        case "on_error", syntax.Name(text, span) if text in ENDINGS:
            found.on_error = ENDINGS[text]
            found.continues = Span(option.span.start, span.end) if text == "continue" else None
        case "on_error", syntax.Name(text, span):
            meant = nearest(text, ENDINGS)
            help = f"did you mean `{meant}`?" if meant else "write `continue` or `fail`"
            fix = replacing(span, meant) if meant else None
            message = f"a step cannot `{text}` on an error"
            scope.report("MLS0627", span, message, help=help, fix=fix)
            # it may be null then: what tests for that is not to be complained about
            found.on_error, found.continues = "continue", option.span
        case _:
            written = scope.written(value.span)
            help = f"write `{written}s` for seconds; `ms`, `m` and `h` are known too"
            fix = replacing(value.span, f"{written}s")
            scope.report("MLS0627", value.span, "a timeout needs a unit", help=help, fix=fix)


def _wrong(span: Span, message: str, scope: Scope) -> None:
    scope.report("MLS0627", span, message)
