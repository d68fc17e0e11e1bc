"""Codes 05: spaces."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code
from mlsig_compiler.codes.parts import BASE, SPACE

SPACES: Final = (
    Code(
        "MLS0501",
        "not a kind of variable",
        "Variables are of the kinds `float int bool choice module provider model`.",
        "space T { var x: str }",
        'space T { var x: choice("a", "b") }',
    ),
    Code(
        "MLS0502",
        "an argument that the kind does not take",
        "`float` and `int` take a range, `step` and `log`; `choice`, `module` and `provider` take "
        "options and `weights`; `bool` takes nothing; `model` takes the variable that chooses the "
        "provider.",
        "space T { var x: int(1, 2, 3) }",
        "space T { var x: int(1..3) }",
    ),
    Code(
        "MLS0503",
        "a range that makes no sense",
        "A range goes upwards, a step is above 0 and fits in the range, and a `log` range begins above 0.",
        "space T { var x: int(5..1) }",
        "space T { var x: int(1..5) }",
    ),
    Code(
        "MLS0504",
        "a default outside of its domain",
        "The default of a variable, or of one of its arms, is not a value of the variable there.",
        "space T { var x: int(1..5) = 7 }",
        "space T { var x: int(1..5) = 5 }",
    ),
    Code(
        "MLS0505",
        "a default between two steps",
        "With `step`, only the start of the range and whole steps from it are values.",
        "space T { var x: int(0..10, step=5) = 7 }",
        "space T { var x: int(0..10, step=5) = 5 }",
    ),
    Code(
        "MLS0506",
        "an arm that is wider than its variable",
        "The arms of a variable narrow it; a value that the variable itself cannot have cannot be "
        "allowed by an arm.",
        "space T { var b: bool  var x: int(1..5) { when b: (1..9) } }",
        "space T { var b: bool  var x: int(1..9) { when b: (1..5) } }",
    ),
    Code(
        "MLS0507",
        "an arm after `else`",
        "Arms are tried from the top, so nothing after `else` is ever tried.",
        "space T { var b: bool  var x: int(1..9) { else: (1..5) when b: (1..3) } }",
        "space T { var b: bool  var x: int(1..9) { when b: (1..3) else: (1..5) } }",
    ),
    Code(
        "MLS0508",
        "variables that depend on each other",
        "The domain of a variable may depend on others, as long as there is an order in which to "
        "choose them. The message shows the circle.",
        "space T { var a: bool { when b: (true) }  var b: bool { when a: (true) } }",
        "space T { var a: bool { when b: (true) }  var b: bool }",
    ),
    Code(
        "MLS0509",
        "an expression of the wrong type",
        "Conditions are true or false, arithmetic is for numbers, and things of different types are "
        "never equal. Providers and modules are named without quotes.",
        "space T { var n: int  constraint c: n }",
        "space T { var n: int  constraint c: n > 0 }",
    ),
    Code(
        "MLS0510",
        "a value that the variable never has",
        "The comparison has the same answer in every configuration, so it does not say what was meant.",
        'space T { var s: choice("a", "b")  constraint c: s != "c" }',
        'space T { var s: choice("a", "b", "c")  constraint c: s != "c" }',
    ),
    Code(
        "MLS0511",
        "a division that may be by 0",
        "An expression has a value in every configuration, so a divisor must leave 0 out.",
        "space T { var n: int(0..5)  constraint c: 10 / n < 20 }",
        "space T { var n: int(1..5)  constraint c: 10 / n < 20 }",
    ),
    Code(
        "MLS0512",
        "a default configuration that is not allowed",
        "With every variable at its default, this rule is broken, so nobody could start from the default.",
        "space T { var n: int(1..5) = 5  constraint c: n < 3 }",
        "space T { var n: int(1..5) = 2  constraint c: n < 3 }",
    ),
    Code(
        "MLS0513",
        "unknown module",
        "The options of a `module` variable are classes of the runtime: adapters and ways of reasoning.",
        "space T { var adapter: module(Chatt) }",
        "space T { var adapter: module(Chat) }",
    ),
    Code(
        "MLS0514",
        "a name with a meaning, used for something else",
        "Variables such as `temperature` or `adapter` set a parameter of the call, so their kind and "
        "their values are fixed. A variable that the model should only be told about needs another "
        "name.",
        f"{BASE}{SPACE[:-1]} var temperature: int }}\nprogram P {{ signature: S  space: T }}",
        f"{BASE}{SPACE[:-1]} var temperature: float }}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0515",
        "an option that is listed twice",
        "An option counts once; to make it likelier give it a weight.",
        'space T { var s: choice("a", "a", "b") }',
        'space T { var s: choice("a", "b", weights=[2, 1]) }',
    ),
)
