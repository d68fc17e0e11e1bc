"""Codes 065: resources, their relationships and what may be done with them."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

STATUS: Final = "enum Status { draft, active, archived }\n"

RESOURCES: Final = (
    Code(
        "MLS0650",
        "transitions of what has no fixed states",
        "Transitions are between the members of an enum, so only an attribute whose type is one has them.",
        'resource Job { status: str = "new" { new -> done } }',
        "enum Status { new, done }\nresource Job { status: Status = new { new -> done } }",
    ),
    Code(
        "MLS0651",
        "a transition that is no change",
        "Writing the value that an attribute has already is always allowed, and a target is listed once.",
        f"{STATUS}resource Job {{ status: Status = draft {{ draft -> draft | active }} }}",
        f"{STATUS}resource Job {{ status: Status = draft {{ draft -> active }} }}",
    ),
    Code(
        "MLS0652",
        "a relationship that is written wrongly",
        "`belongs_to` names one resource, which may be optional: `Space?`. `has_many` names the resource "
        "of its items, with `on_delete` and `by` in parentheses.",
        "resource Space { has_many runs: list[Run] }\nresource Run { belongs_to space: Space }",
        "resource Space { has_many runs: Run }\nresource Run { belongs_to space: Space }",
    ),
    Code(
        "MLS0653",
        "a `has_many` without its `belongs_to`",
        "The items of a `has_many` are those that belong to the resource: there is one `belongs_to` to it, "
        "in the same file, or `by` names the one that is meant.",
        "resource Space { has_many runs: Run }\nresource Run { name: str }",
        "resource Space { has_many runs: Run }\nresource Run { belongs_to space: Space  name: str }",
    ),
    Code(
        "MLS0654",
        "a wrong rule for deleting",
        "`restrict` refuses to delete what still has items, `cascade` deletes them too, and `nullify` "
        "leaves them without it, which needs an optional `belongs_to`.",
        "resource Space { has_many runs: Run(on_delete=nullify) }\nresource Run { belongs_to space: Space }",
        "resource Space { has_many runs: Run(on_delete=nullify) }\nresource Run { belongs_to space: Space? }",
    ),
    Code(
        "MLS0655",
        "two `has_many` for one `belongs_to`",
        "Both would have the same items, and two rules for deleting them.",
        "resource Space { has_many runs: Run  has_many old: Run }\nresource Run { belongs_to space: Space }",
        "resource Space { has_many runs: Run }\nresource Run { belongs_to space: Space }",
    ),
    Code(
        "MLS0656",
        "resources that can never be created",
        "Each of them needs another one to be there before it, without end. One of the relationships has "
        "to be optional.",
        "resource Node { belongs_to parent: Node }",
        "resource Node { belongs_to parent: Node? }",
    ),
    Code(
        "MLS0657",
        "calculations that read each other in a circle",
        "None of them could be computed first. That holds for a calculation too that reads itself of a "
        "related resource, since nothing says where the relationships end.",
        "resource Job { calculate a: int = b + 1  calculate b: int = a + 1 }",
        "resource Job { calculate a: int = b + 1  calculate b: int = 1 }",
    ),
    Code(
        "MLS0658",
        "a hook of something that does not happen",
        "What happens to a resource is `create`, `update` and `delete`, and a hook stands before or after "
        "it.",
        'resource Job { before save = python("jobs:check") }',
        'resource Job { before update = python("jobs:check") }',
    ),
    Code(
        "MLS0659",
        "a secret in a resource",
        "Attributes are stored, and an `api_key` is never stored. Keep the name of the environment "
        "variable that has it.",
        "resource Account { key: api_key }",
        "resource Account { key_variable: str }",
    ),
    Code(
        "MLS0660",
        "two resources for one table",
        "Rows that belong to each other are in one database, which has a table of the name of each resource. "
        "So no two of them have the same name, in whichever files they are, and names differ in more than "
        "small and capital letters, which SQLite does not tell apart.",
        "resource Run { score: float }\nresource RUN { score: float }",
        "resource Run { score: float }\nresource Rerun { score: float }",
    ),
    Code(
        "MLS0661",
        "a name that a database does not take",
        "Tables and columns have the names of resources, of attributes, and of each `belongs_to` with `_id` "
        "behind it. PostgreSQL keeps 63 characters of a name and has columns of its own; SQLite does not "
        "tell small from capital letters.",
        "resource Job { xmin: int }",
        "resource Job { x_min: int }",
    ),
)
