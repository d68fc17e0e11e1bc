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
        "`float` and `int` take a range, `step` and `log`, and `float` takes `normal(mean, deviation)` "
        "instead of `log`; `choice`, `module` and `provider` take "
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
        'space T { var s: choice("a", "b")  var n: int  constraint c: s != "c" or n < 5 }',
        'space T { var s: choice("a", "b", "c")  var n: int  constraint c: s != "c" or n < 5 }',
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
        "name. `cost`, `latency`, `quality` and the metrics of a program are outcomes: they are measured, "
        "and no variable of a program, and no `tune`, can be called so.",
        f"{BASE}{SPACE[:-1]} var temperature: int }}\nprogram P {{ signature: S  space: T }}",
        f"{BASE}{SPACE[:-1]} var temperature: float }}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0515",
        "an option that is listed twice",
        "An option counts once; to make it likelier give it a weight. Numbers that are equal are one "
        "option, and so are `1` and `true`, because Python cannot tell them apart.",
        'space T { var s: choice("a", "a", "b") }',
        'space T { var s: choice("a", "b", weights=[2, 1]) }',
    ),
    Code(
        "MLS0516",
        "spaces that include each other",
        "A space has everything that it extends and includes, so it cannot include itself, if only "
        "through others. The message shows the circle.",
        "space A { include B  var a: int }\nspace B { include A  var b: int }",
        "space C { var c: int }\nspace A { include C  var a: int }\nspace B { include C  var b: int }",
    ),
    Code(
        "MLS0517",
        "a name that is inherited already",
        "What a space extends or includes is part of it, so a name of it cannot be given again. "
        "`override var` puts a variable in the place of an inherited one. Two spaces that have different "
        "things of one name can only be included together when the name is overridden.",
        "space A { var n: int }\nspace B extends A { var n: int(1..5) }",
        "space A { var n: int }\nspace B extends A { override var n: int(1..5) }",
    ),
    Code(
        "MLS0518",
        "an override of nothing, or by another kind",
        "`override var` needs a variable of that name in what the space extends or includes. It may change "
        "the domain, the default and the arms; conditions elsewhere rely on the kind.",
        "space A { var n: int }\nspace B extends A { override var n: bool }",
        "space A { var n: int }\nspace B extends A { override var n: int(1..5) }",
    ),
    Code(
        "MLS0519",
        "a composite of a type that it cannot have",
        "A composite is computed from a configuration and stored beside it: a number, a string, or true or "
        "false.",
        "space T { var n: int  composite twice: list[int] = n * 2 }",
        "space T { var n: int  composite twice: int = n * 2 }",
    ),
    Code(
        "MLS0520",
        "a variable without one that it depends on",
        "A variable from the top level of a file may depend on others there; a space that includes it needs "
        "those as well.",
        "var deep: bool\nvar hops: int(1..9) { when deep: (3..9) else: (1..2) }\nspace T { include hops }",
        "var deep: bool\nvar hops: int(1..9) { when deep: (3..9) else: (1..2) }\n"
        "space T { include deep  include hops }",
    ),
    Code(
        "MLS0521",
        "an override that does not fit what is inherited",
        "A condition, composite or rule that is inherited reads the variable, and makes no sense with the "
        "values that it has now, because they are of another type.",
        "space A { var s: choice(1, 2)  constraint c: s * 2 < 9 }\n"
        'space B extends A { override var s: choice("a", "b") }',
        "space A { var s: choice(1, 2)  constraint c: s * 2 < 9 }\n"
        "space B extends A { override var s: choice(2, 3) }",
    ),
    Code(
        "MLS0522",
        "an arm that never applies",
        "Arms are tried from the top, so one whose condition holds only where an earlier one does is never "
        "reached, nor is one whose condition never holds, or only where the rules allow no configuration.",
        "space T { var b: bool  var x: int(1..9) { when b: (1..3)  when b: (1..5) } }",
        "space T { var b: bool  var x: int(1..9) { when b: (1..3)  when not b: (1..5) } }",
    ),
    Code(
        "MLS0523",
        "rules that no configuration meets",
        "A space needs at least one legal configuration. The message names as few rules as can be found that "
        "cannot be met together; the others have nothing to do with it.",
        "space T { var n: int(1..9)  constraint a: n > 5  constraint b: n < 3 }",
        "space T { var n: int(1..9) = 6  constraint a: n > 5  constraint b: n < 8 }",
    ),
    Code(
        "MLS0524",
        "rules that only single points of a continuum meet",
        "A number of a continuum is never exactly another when it is drawn, so a space whose rules ask for "
        "that could not be sampled. With `step` the numbers can be counted, and a rule may ask for one.",
        "space T { var x: float(0..1) = 0.5  constraint c: x == 0.5 }",
        "space T { var x: float(0..1, step=0.1) = 0.5  constraint c: x == 0.5 }",
    ),
    Code(
        "MLS0525",
        "a variable that is never there",
        "In every legal configuration the condition of the group that it stands in is false.",
        "space T { var n: int(1..9) = 2  constraint c: n < 3  when n > 4 { var m: int } }",
        "space T { var n: int(1..9) = 2  constraint c: n < 7  when n > 4 { var m: int } }",
    ),
    Code(
        "MLS0526",
        "an option that nobody can choose",
        "No legal configuration has it: the rules exclude it, or none of the arms of the variable allows it.",
        'space T { var s: choice("a", "b")  forbid s == "b" }',
        'space T { var s: choice("a", "b", "c")  var n: int  forbid s == "b" and n > 5 }',
    ),
)
