"""What each provider's structured output takes of JSON Schema, as data.

Sources, of November 2026: OpenAI's guide to structured outputs (supported schemas); `transform_schema` of
Anthropic's SDK 0.7x and later; the fields `response_json_schema` and `JSONSchema` of google-genai's types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Variant: TypeAlias = Literal["openai", "anthropic", "google"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A subset of JSON Schema.

    Attributes:
        provider: What messages call it.
        words: The constraints that it takes; others are told in descriptions.
        formats: The formats of strings that it takes.
        complete: Every property must be required; null stands for one that is left out.
        ordered: Properties have an order, said in `propertyOrdering`.
        maps: An object may have keys that are not declared.
        constants: It takes `const`; others take an `enum` of one.
        typed_enums: An `enum` stands beside a `type`, and has no bools.
        loops: Whether records may hold themselves; "optional" means where a property need not be there.
        longest_minimum: The largest `minItems` that it takes; None for any.
    """

    provider: str
    words: frozenset[str]
    formats: frozenset[str]
    complete: bool = False
    ordered: bool = False
    maps: bool = False
    constants: bool = True
    typed_enums: bool = True
    loops: Literal["always", "optional", "never"] = "always"
    longest_minimum: int | None = None


DIALECTS: Final[dict[Variant, Dialect]] = {
    "openai": Dialect(
        provider="OpenAI's strict structured output",
        words=frozenset(
            {
                "pattern",
                "multipleOf",
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "minItems",
                "maxItems",
            }
        ),
        formats=frozenset({"date", "date-time"}),
        complete=True,
    ),
    "anthropic": Dialect(
        provider="Anthropic's structured output",
        words=frozenset({"minItems"}),
        formats=frozenset({"date", "date-time", "uri"}),
        typed_enums=False,
        loops="never",
        longest_minimum=1,
    ),
    "google": Dialect(
        provider="Google's structured output",
        words=frozenset({"minimum", "maximum", "minItems", "maxItems"}),
        formats=frozenset({"date", "date-time"}),
        ordered=True,
        maps=True,
        constants=False,
        loops="optional",
    ),
}
