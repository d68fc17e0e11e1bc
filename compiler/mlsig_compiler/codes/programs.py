"""Codes 06: providers, tools, programs, pipelines and resources."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code
from mlsig_compiler.codes.parts import BASE, PROVIDER, SIGNATURE, SPACE

PROGRAMS: Final = (
    Code(
        "MLS0601",
        "a program that lacks a part",
        "A program needs a signature and a space.",
        f"{SIGNATURE}\nprogram P {{ signature: S }}",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0602",
        "a space that does not say whom to call",
        "The space of a program needs the variables `provider` and `model`, in every configuration.",
        f"{BASE}space T {{ var n: int }}\nprogram P {{ signature: S  space: T }}",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T }}",
    ),
    Code(
        "MLS0603",
        "an unknown objective",
        "An objective is a metric of the program, or `cost`, or `latency`.",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T  maximize good }}",
        f'{BASE}{SPACE}\nprogram P {{ signature: S  space: T  metric ok = python("m:f")  maximize ok }}',
    ),
    Code(
        "MLS0604",
        "a weight that is not above 0",
        "An objective with no weight would not count; one with a negative weight is the opposite objective.",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T  minimize cost weight 0 }}",
        f"{BASE}{SPACE}\nprogram P {{ signature: S  space: T  minimize cost weight 1 }}",
    ),
    Code(
        "MLS0605",
        "not the name of a Python callable",
        'Python is named as `python("package.module:callable")`.',
        f'{BASE}{SPACE}\nprogram P {{ signature: S  space: T  metric q = python("m.f") }}',
        f'{BASE}{SPACE}\nprogram P {{ signature: S  space: T  metric q = python("m:f") }}',
    ),
    Code(
        "MLS0606",
        "a provider that lacks a setting",
        "A provider needs the protocol that it speaks and its address.",
        "provider p { protocol: openai }",
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0607",
        "an unknown protocol",
        "The protocol is the wire format. Most servers, local ones included, speak `openai`.",
        'provider p { protocol: http  base_url: "http://h/v1" }',
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0608",
        "a setting with a wrong value",
        "An address begins with http:// or https://, a key is only named with `env`, counts are whole"
        " numbers, costs are numbers of 0 or more.",
        'provider p { protocol: openai  base_url: "h/v1" }',
        'provider p { protocol: openai  base_url: "http://h/v1" }',
    ),
    Code(
        "MLS0609",
        "a provider without models",
        "`model(provider)` chooses among the models of the provider, so each provider that can be "
        "chosen needs one.",
        f'provider p {{ protocol: openai  base_url: "http://h/v1" }}\n{SPACE}',
        f"{PROVIDER}\n{SPACE}",
    ),
    Code(
        "MLS0610",
        "two providers of one name",
        "A provider is known by the name of its declaration, whatever an import calls it, so a variable "
        "cannot choose between two of the same name.",
        "from std.providers import openai as theirs\n"
        'provider openai { protocol: openai  base_url: "http://h/v1"  model "m" {} }\n'
        "space T { var provider: provider(theirs, openai) }",
        "from std.providers import openai as theirs\n"
        'provider mine { protocol: openai  base_url: "http://h/v1"  model "m" {} }\n'
        "space T { var provider: provider(theirs, mine) }",
    ),
)
