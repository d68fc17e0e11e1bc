"""Pieces of HTML. Every text passes through `escape` here, whoever it is from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from mlsig.providers.messages import Message


def script_safe(value: object) -> str:
    """Return JSON that cannot end the script element it stands in, whatever its strings say."""
    text = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def table(rows: Sequence[Sequence[str]], marked: int = -1) -> str:
    """Return a table; the first row is its head, and the body row `marked` stands out."""
    head, *body = rows
    lines = [f"<thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead><tbody>"]
    for number, row in enumerate(body):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f'<tr class="marked">{cells}</tr>' if number == marked else f"<tr>{cells}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</tbody></table></div>'


def figure(label: str, value: str, note: str = "", kind: str = "") -> str:
    """Return one of the figures at the top of the page; `kind` is `lead`, or none."""
    return (
        f'<div class="figure {kind}"><div class="label">{escape(label)}</div>'
        f'<div class="value">{escape(value)}</div><div class="note">{escape(note)}</div></div>'
    )


def section(id: str, title: str, *parts: str, note: str = "") -> str:
    """Return a section of the page; `parts` are HTML."""
    said = f'<p class="muted">{escape(note)}</p>' if note else ""
    return f'<section id="{id}-section"><h2>{escape(title)}</h2>{said}{"".join(parts)}</section>'


def chart(id: str, label: str, kind: str = "") -> str:
    """Return the place of a chart."""
    return (
        f'<div class="scroll"><div id="{id}" class="chart {kind}" role="img" '
        f'aria-label="{escape(label)}"></div></div>'
    )


def tags(texts: Iterable[str], kind: str = "") -> str:
    """Return short texts side by side."""
    return "".join(f'<span class="tag {kind}">{escape(text)}</span>' for text in texts)


def bar(share: float) -> str:
    """Return a bar for a share in [0, 1]."""
    return f'<span class="bar"><i style="width:{100 * min(1.0, max(0.0, share)):.1f}%"></i></span>'


def options(names: Sequence[str], chosen: int) -> str:
    """Return the options of a choice, by their numbers."""
    return "".join(
        f'<option value="{number}"{" selected" if number == chosen else ""}>{escape(name)}</option>'
        for number, name in enumerate(names)
    )


def prompt(messages: Sequence[Message]) -> str:
    """Return a prompt as it is sent."""
    return "".join(
        f'<div class="role">{escape(message.role)}</div><pre>{escape(message.content)}</pre>'
        for message in messages
    )
