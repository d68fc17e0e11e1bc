"""What goes wrong when something is imported."""

from __future__ import annotations


class NotImported(Exception):
    """What was named cannot be made a draft; the message says where and why."""


class Unreadable(Exception):
    """A file cannot be read."""
