"""Codes 062: pipelines, their steps and what is called in them."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

PLAN: Final = "signature Plan { input question: str  output query: str }"
SEARCH: Final = 'tool search(query: str, k: int = 5) -> list[str] = python("corpus:search")'
START: Final = f"{PLAN}\n{SEARCH}\npipeline Find(question: str) -> list[str] {{\n"


def _find(*steps: str) -> str:
    """Return a file whose pipeline has these steps."""
    return START + "".join(f"  {step}\n" for step in steps) + "}"


PIPELINES: Final = (
    Code(
        "MLS0620",
        "an argument without a name",
        "Each argument of a step is given by the name of its parameter, so that a step reads the same when a "
        "parameter is added.",
        _find("return search(question)"),
        _find("return search(query=question)"),
    ),
    Code(
        "MLS0621",
        "an argument that nothing takes",
        "A tool and a pipeline take their parameters; a signature, and a program, the inputs of the "
        "signature.",
        _find("return search(query=question, limit=3)"),
        _find("return search(query=question, k=3)"),
    ),
    Code(
        "MLS0622",
        "a call that lacks an argument",
        "A parameter or input without a default needs an argument.",
        _find("return search(k=3)"),
        _find("return search(query=question, k=3)"),
    ),
    Code(
        "MLS0623",
        "a step that is used before it is defined",
        "A step can read the parameters and the steps above it. They run as soon as what they read is "
        "ready, so the order of the text never makes one wait for another.",
        _find("docs = search(query=plan.query)", "plan = Plan(question=question)", "return docs"),
        _find("plan = Plan(question=question)", "docs = search(query=plan.query)", "return docs"),
    ),
    Code(
        "MLS0624",
        "a call in the middle of an expression",
        "What a step calls is retried, timed and shown by its name, so each call is a step of its own. "
        "Functions of the language, such as `len`, can be used anywhere.",
        _find("return search(query=Plan(question=question).query)"),
        _find("plan = Plan(question=question)", "return search(query=plan.query)"),
    ),
    Code(
        "MLS0625",
        "a value of another type than is taken",
        "Types are checked across steps: an argument has the type of its parameter, and `return` that of "
        "the pipeline. An `int` is accepted for a `float`, and a `T` for a `T?`. Constraints, such as a "
        "length, are checked when the step runs.",
        _find("plan = Plan(question=question)", "return search(query=plan)"),
        _find("plan = Plan(question=question)", "return search(query=plan.query)"),
    ),
    Code(
        "MLS0626",
        "a pipeline that does not end with its one `return`",
        "The last line of a pipeline says what comes out of it.",
        _find("docs = search(query=question)"),
        _find("docs = search(query=question)", "return docs"),
    ),
    Code(
        "MLS0627",
        "an option of a step with a wrong value",
        "`retry` is a number from 0 to 100, `timeout` a time with its unit (`500ms`, `10s`, `2m`, `1h`), "
        "`on_error` is `fail` or `continue`, `concurrency` a number from 1 to 10_000.",
        _find("return search(query=question) timeout 10"),
        _find("return search(query=question) timeout 10s"),
    ),
    Code(
        "MLS0628",
        "an option without effect",
        "Options are for calls: a step that only has a value cannot fail. `concurrency` bounds the calls "
        "of a step that goes through a list, so it needs one.",
        _find("return search(query=question) concurrency 4"),
        _find("return search(query=question) retry 4"),
    ),
    Code(
        "MLS0629",
        "pipelines that call each other in a circle",
        "A pipeline is a graph of steps that ends. What has to be repeated is repeated inside a tool or "
        "program.",
        "pipeline A(q: str) -> str { return B(q=q) }\npipeline B(q: str) -> str { return A(q=q) }",
        "pipeline A(q: str) -> str { return B(q=q) }\npipeline B(q: str) -> str { return q }",
    ),
)
