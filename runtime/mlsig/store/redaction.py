"""Keeps secrets out of what is written: keys of providers, and passwords inside addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from mlsig.evaluation.ledger import Result
from mlsig.programs.executions import StepRun
from mlsig.providers.declared import Provider

MASK: Final = "***"
_USERINFO: Final = re.compile(r"(?<=://)[^/\s@]+@")
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of characters: what no database takes."""
_SHORTEST: Final = 4
"""Shorter values are no secrets, and masking them would tear words apart."""


class Redactor:
    """Masks a fixed set of secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        wanted = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, wanted))) if wanted else None

    @classmethod
    def of(cls, providers: Mapping[str, Provider]) -> Redactor:
        """Return one that masks the keys of these providers, as they are now."""
        keys = (provider.key.read() for provider in providers.values() if provider.key is not None)
        return cls(key for key in keys if key)

    def text(self, text: str) -> str:
        """Return the text without secrets, and without what no database takes."""
        text = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", _USERINFO.sub(f"{MASK}@", text))
        return text if self._secrets is None else self._secrets.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """Return JSON-like data without secrets in its strings."""
        whole = value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(item) for key, item in whole.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in whole]
        return value

    def result(self, result: Result) -> Result:
        """Return the result without secrets."""
        return msgspec.structs.replace(
            result,
            output=self.value(result.output),
            text=self.text(result.text),
            reasoning=None if result.reasoning is None else self.text(result.reasoning),
            error=None if result.error is None else self.text(result.error),
            steps=tuple(self._step(step) for step in result.steps),
        )

    def _step(self, step: StepRun) -> StepRun:
        return msgspec.structs.replace(
            step,
            inputs=self.value(step.inputs),
            output=self.value(step.output),
            text=self.text(step.text),
            reasoning=None if step.reasoning is None else self.text(step.reasoning),
        )
