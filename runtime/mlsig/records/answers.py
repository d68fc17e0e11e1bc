"""What models return, as values of records: steps of reasoning, raw responses, descriptions of variables."""

from __future__ import annotations

from typing import Any

from mlsig import shapes
from mlsig.records.record import Record


class Step(Record, frozen=True, kw_only=True, gc=False):
    """A step of a `reasoning_chain`."""

    step: str
    reasoning: str

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="step", shape=shapes.Text()),
                shapes.Field(name="reasoning", shape=shapes.Text()),
            ),
        )

    @classmethod
    def _json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of a step."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Step",
            "type": "object",
            "properties": {"step": {"type": "string"}, "reasoning": {"type": "string"}},
            "required": ["step", "reasoning"],
            "additionalProperties": False,
        }


class ModelResponse(dict[str, Any]):
    """A `model_response`: an object with a string `text`, and whatever else the model's server said."""

    @property
    def text(self) -> str:
        """What the model wrote."""
        found: str = self["text"]
        return found


class VariableConfig(dict[str, Any]):
    """A `variable_config`: an object with strings `name` and `type`, and more."""

    @property
    def name(self) -> str:
        """The variable's name."""
        found: str = self["name"]
        return found

    @property
    def type(self) -> str:
        """The variable's kind."""
        found: str = self["type"]
        return found
