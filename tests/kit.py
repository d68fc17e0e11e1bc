"""Tools as the compiler would generate them, by hand, and what they do."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any

from mlsig import shapes
from mlsig.records import Record
from mlsig.tools.tool import Tool


class SumIn(Record, frozen=True, kw_only=True):
    a: int
    b: int = 1

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(
            type=cls,
            fields=(
                shapes.Field(name="a", shape=shapes.Integer()),
                shapes.Field(name="b", shape=shapes.Integer(), default=lambda: 1),
            ),
        )

    @classmethod
    def _json_schema(cls) -> dict[str, Any]:
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Input",
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}},
            "required": ["a"],
            "additionalProperties": False,
        }


class WholeOut(Record, frozen=True, kw_only=True):
    result: int

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=(shapes.Field(name="result", shape=shapes.Integer()),))


class TextOut(Record, frozen=True, kw_only=True):
    result: str

    @classmethod
    def _shape(cls) -> shapes.RecordShape:
        return shapes.RecordShape(type=cls, fields=(shapes.Field(name="result", shape=shapes.Text()),))


def add(a: int, b: int) -> int:
    return a + b


async def slow_add(a: int, b: int) -> int:
    await asyncio.sleep(a)
    return a + b


class Add(Tool):
    name: str = "add"
    description: str = "add two numbers"
    Input = SumIn
    Output = WholeOut

    @staticmethod
    def function() -> Callable[..., Any]:
        return add


class SlowAdd(Add):
    name: str = "slow_add"
    timeout: float = 0.1

    @staticmethod
    def function() -> Callable[..., Any]:
        return slow_add


class Later(Add):
    """A plain function that returns something to wait for."""

    name: str = "later"

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: slow_add(0 * a, b)


class Wrong(Add):
    name: str = "wrong"

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: f"{a} and {b}"


class Broken(Add):
    name: str = "broken"

    @staticmethod
    def function() -> Callable[..., Any]:
        def broken(a: int, b: int) -> int:
            raise FileNotFoundError("no /home/ada/secret/notes.txt, with sk-very-secret-key")

        return broken


class Long(Add):
    name: str = "long"
    Output = TextOut

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: "x" * (a * b)


class Sleepy(Add):
    """A plain function that takes its time."""

    name: str = "sleepy"

    @staticmethod
    def function() -> Callable[..., Any]:
        def sleepy(a: int, b: int) -> int:
            time.sleep(0.05)
            return a + b

        return sleepy


class Where(Add):
    """Says which process it runs in."""

    name: str = "where"

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: os.getpid() + 0 * (a + b)


class Hang(Add):
    """A plain function that never ends, as long as nobody kills it."""

    name: str = "hang"

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: time.sleep(3600)


class Die(Add):
    """Takes its process with it."""

    name: str = "die"

    @staticmethod
    def function() -> Callable[..., Any]:
        return lambda a, b: os._exit(a)
