"""Adapters: how a prompt is laid out, and how the answer to it is read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mlsig.adapters.chat import Chat
from mlsig.adapters.json import JSON
from mlsig.adapters.task import Adapter, Demo, Layout, Task

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType({"Chat": Chat, "JSON": JSON})
"""By the name that a configuration uses."""

__all__ = ["ADAPTERS", "JSON", "Adapter", "Chat", "Demo", "Layout", "Task"]
