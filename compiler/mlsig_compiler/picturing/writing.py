"""A graph as text that other tools draw: Mermaid, which repositories show, and DOT, for Graphviz.

Texts of a file are labels, and never more: what these languages would take for their own is written as a
reference.
"""

from __future__ import annotations

from html import escape

from mlsig_compiler.picturing.graph import Box, Graph


def mermaid(graph: Graph) -> str:
    """Return a flowchart of Mermaid."""
    keys = {box.key: f"n{number}" for number, box in enumerate(graph.boxes)}
    lines = ["flowchart LR"]
    for box in graph.boxes:
        left, right = ("([", "])") if box.given else ("[", "]")
        lines.append(f'  {keys[box.key]}{left}"{"<br>".join(map(_entities, _texts(box)))}"{right}')
    for arrow in graph.arrows:
        label = f'|"{_entities(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {keys[arrow.start]} -->{label} {keys[arrow.end]}")
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """Return a graph of Graphviz."""
    keys = {box.key: f"n{number}" for number, box in enumerate(graph.boxes)}
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "  rankdir=LR;",
        '  node [shape=box, fontname="sans-serif", fontsize=11];',
        '  edge [fontname="sans-serif", fontsize=9];',
    ]
    for box in graph.boxes:
        style = ", style=rounded" if box.given else ""
        lines.append(f"  {keys[box.key]} [label={_quoted(*_texts(box))}{style}];")
    for arrow in graph.arrows:
        label = f" [label={_quoted(arrow.label)}]" if arrow.label else ""
        lines.append(f"  {keys[arrow.start]} -> {keys[arrow.end]}{label};")
    return "\n".join([*lines, "}"]) + "\n"


def _texts(box: Box) -> tuple[str, ...]:
    return (box.title, *box.lines)


def _entities(text: str) -> str:
    """Return text with every sign that is not plain as a reference, as Mermaid writes them."""
    return "".join(sign if sign.isalnum() or sign in " _.,:" else f"#{ord(sign)};" for sign in text)


def _quoted(*lines: str) -> str:
    safe = [line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") for line in lines]
    return '"' + "\\n".join(safe) + '"'


def plain(text: str) -> str:
    """Return text for HTML and SVG."""
    return escape(text, quote=True)
