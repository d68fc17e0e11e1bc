"""Adapters: how a prompt is laid out, and how the answer to it is read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mlsig.adapters.chat import Chat
from mlsig.adapters.json import JSON
from mlsig.adapters.markdown import Markdown
from mlsig.adapters.task import Adapter, Demo, Layout, Task
from mlsig.adapters.wording import Wording
from mlsig.adapters.xml import XML

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {"Chat": Chat, "JSON": JSON, "Markdown": Markdown, "XML": XML}
)
"""By the name that a configuration uses."""

__all__ = ["ADAPTERS", "JSON", "XML", "Adapter", "Chat", "Demo", "Layout", "Markdown", "Task", "Wording"]
