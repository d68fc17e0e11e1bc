"""The words of the language, for those who show, colour and complete them: one list, read from the grammar.

KEYWORDS has every word of `grammar/mlsig.lark`; types and functions are those that the compiler knows.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler.parse import tables
from mlsig_compiler.parse.outline import DECLARATIONS as _BEGINNING
from mlsig_compiler.parse.outline import MEMBERS as _MEMBERS
from mlsig_compiler.resolve.annotated import PLACES
from mlsig_compiler.resolve.types import KNOWN
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS

CONSTANTS: Final = ("false", "null", "true")
OPERATORS: Final = ("and", "else", "for", "if", "in", "not", "or")
DECLARATIONS: Final = tuple(sorted(_BEGINNING - {"from"}))
IMPORTS: Final = ("as", "from", "import")
_spellings: Final = tables.load().spellings
# Terminal to word, of those that are words.
SPELLINGS: Final = {terminal: text for terminal, text in _spellings.items() if text.isidentifier()}
KEYWORDS: Final = tuple(sorted(SPELLINGS.values()))
MEMBERS: Final = tuple(sorted({*KEYWORDS} - {*CONSTANTS, *OPERATORS, *DECLARATIONS, *IMPORTS}))
BEGINNINGS: Final = {kind: tuple(sorted(words)) for kind, words in _MEMBERS.items()}
KINDS: Final = ("choice", "model", "module", "provider")
TYPES: Final = tuple(sorted({*KNOWN, *KINDS} - {*KEYWORDS}))
CALLS: Final = ("env", "python")
FUNCTION_NAMES: Final = tuple(sorted([*FUNCTIONS, *OVER_ITEMS]))
ANNOTATIONS: Final = tuple(sorted(PLACES))

TYPE_HELP: Final = {
    "str": "a text",
    "int": "a whole number; `true` is none",
    "float": "a finite number; a whole one is made one",
    "bool": "`true` or `false`",
    "json": "any JSON value",
    "date": "a day: `2026-01-31`",
    "datetime": "a moment, with its time zone",
    "list": "a list: `list[T]`, with `min_length`, `max_length`, `unique`",
    "map": "a map with texts as keys: `map[T]`",
    "embedding": "a vector of that many finite numbers, held as a NumPy float32 array: `embedding(384)`",
    "tensor": "a rectangular array of a shape: `tensor(64, _, dtype=float32)`; `_` is any extent",
    "probability": "a number in [0, 1]",
    "confidence_score": "a number of at least 0; narrow it with a range: `confidence_score(0..1)`",
    "token_list": "a list of token ids or token strings",
    "model_response": "an object with a string `text`; other keys are kept",
    "variable_config": "an object with `name` and `type`",
    "reasoning_chain": "a list of `{step, reasoning}`",
    "attention_weights": "a rectangular matrix of finite numbers",
    "image": "an image: a URL, bytes with a media type, or a file that the caller hands in",
    "audio": "a recording: a URL, bytes with a media type, or a file that the caller hands in",
    "document": "a document: a URL, bytes with a media type, or a file that the caller hands in",
    "api_key": 'a key, which is never printed or stored, or `env("NAME")`',
    "choice": 'one of some values: `choice("terse", "friendly", weights=[0.7, 0.3])`',
    "module": "one of some classes: `module(Predict, ChainOfThought)`",
    "provider": "one of some providers: `provider(openai, groq)`",
    "model": "one of the models of the provider that a variable chooses: `model(provider)`",
}
KEYWORD_HELP: Final = {
    "enum": "`enum Verdict { supported, refuted }`",
    "type": "another name for a type: `type Slug = str(max_length=64)`",
    "schema": "a record: `schema Passage { text: str }`",
    "signature": "what a step takes and returns: `signature Answer { input q: str  output a: str }`",
    "space": "variables that may be tuned: `space Tuning { var demos: int(0..8) = 4 }`",
    "var": "a variable: `var temperature: float(0.0..2.0) = 0.7`",
    "provider": "who serves which models",
    "tool": 'a Python function that steps call: `tool search(query: str) -> str = python("corpus:search")`',
    "program": "a signature with its space: `program QA { signature: Answer  space: Tuning }`",
    "pipeline": "steps that wait only for what they name",
    "resource": "what is stored, with relationships, transitions and actions",
    "from": "`from a.b import Passage, Topic as T`",
    "input": "what a signature takes",
    "output": "what a signature returns",
    "tune": "a variable of this signature or schema",
    "check": 'what must hold: `check cites: len(citations) > 0  "a message"`',
    "transform": "what is made of a field before checks: `transform text = strip(text)`",
    "example": "a demonstration, checked when it is compiled",
    "composite": "a value that is computed from variables, never set",
    "constraint": "a hard rule between variables",
    "forbid": "a combination that is not legal",
    "prefer": "a soft rule: a warning, never a refusal",
    "include": "takes a variable, or all of a space, that is declared elsewhere",
    "override": "declares a variable anew that was taken from another space",
    "when": "the domain, or the variables, while a condition holds: the first that holds wins",
    "extends": "takes over the members of another declaration",
    "retry": "how often a step is tried again",
    "timeout": "how long a step may take: `timeout 10s`",
    "on_error": "`on_error continue`: go on without this step",
    "concurrency": "how many items a step works on at once",
    "maximize": "an objective: more is better",
    "minimize": "an objective: less is better",
    "metric": 'a Python function that judges answers: `metric accuracy = python("module:function")`',
    "weight": "how much an objective counts",
    "belongs_to": "one of another resource",
    "has_many": "those of another resource that belong to this one",
    "calculate": "a value that is worked out from others",
    "action": "what may be done with a resource",
    "before": "a Python function that runs before a change, and may veto it",
    "after": "a Python function that runs after a change",
    "limits": "requests and tokens a minute, and how many at once",
    "return": "what a pipeline gives",
}
