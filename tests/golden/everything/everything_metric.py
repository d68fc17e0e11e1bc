"""How right an answer is, in three ways: a function, one with more parameters, and a callable object."""

from __future__ import annotations

from everything import Check, Echo


def exact_match(example: Check.Demo, output: Check.Output) -> bool:
    """Return whether the verdict is the expected one."""
    return output.verdict == example.expected.verdict


def brevity(example: Check.Demo, output: Check.Output, longest: int = 10) -> float:
    """Return 1 for no citations, down to 0 for `longest` and more."""
    return max(0.0, 1 - len(output.citations) / longest)


class _Same:
    def __call__(self, example: Echo.Demo, output: Echo.Output) -> int:
        return int(example.inputs.text == output.text2)


same = _Same()
