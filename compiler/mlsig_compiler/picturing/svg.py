"""A graph as SVG: layers from left to right, by igraph's layout of Sugiyama, which keeps crossings few.

Colours are the reader's: dark where they have chosen so.
"""

from __future__ import annotations

import importlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from mlsig_compiler.picturing.graph import Box, Graph
from mlsig_compiler.picturing.writing import plain

CHARACTER: Final = 7.3  # the width of one, in pixels, of the font below at 12 pixels
LINE: Final = 17.0
PAD: Final = 10.0
BETWEEN: Final = 70.0  # layers, where labels of arrows stand
GAP: Final = 22.0
STYLE: Final = """\
.mlsig-graph { font: 12px ui-monospace, Menlo, Consolas, monospace;
  --ink: #1c2330; --soft: #5b6577; --line: #a9b2c3; --fill: #f6f8fb; --given: #eaf2ff; }
@media (prefers-color-scheme: dark) {
  .mlsig-graph { --ink: #e5e9f0; --soft: #9aa5b8; --line: #56607a; --fill: #1d222c; --given: #1b2a44; }
}
.mlsig-graph rect { fill: var(--fill); stroke: var(--line); }
.mlsig-graph .given rect { fill: var(--given); stroke-dasharray: 4 3; }
.mlsig-graph text { fill: var(--soft); }
.mlsig-graph .title { fill: var(--ink); font-weight: 600; }
.mlsig-graph path { fill: none; stroke: var(--line); }
.mlsig-graph marker path { fill: var(--line); stroke: none; }
.mlsig-graph .label { font-size: 10px; text-anchor: middle; }
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A box, and where it stands: its corner and its size, in pixels."""

    box: Box
    x: float
    y: float
    width: float
    height: float


def svg(graph: Graph) -> str:
    """Return a picture that stands alone, or in a page.

    Raises:
        ModuleNotFoundError: igraph is not installed.
    """
    placed = _placed(graph)
    width = max((each.x + each.width for each in placed.values()), default=0.0) + PAD
    height = max((each.y + each.height for each in placed.values()), default=0.0) + PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mlsig-graph" role="img" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{plain(graph.name)}</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="mlsig-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>',
    ]
    for arrow in graph.arrows:
        parts.append(_arrow(placed[arrow.start], placed[arrow.end], arrow.label))
    parts += [_box(each) for each in placed.values()]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _placed(graph: Graph) -> dict[str, Placed]:
    numbers = {box.key: number for number, box in enumerate(graph.boxes)}
    edges = [(numbers[arrow.start], numbers[arrow.end]) for arrow in graph.arrows]
    igraph: Any = importlib.import_module("igraph")  # it has no types
    drawn = igraph.Graph(n=len(numbers), edges=[edge for edge in edges if edge[0] != edge[1]], directed=True)
    layers: dict[float, list[tuple[float, Box]]] = defaultdict(list)
    for box, (across, layer) in zip(graph.boxes, drawn.layout_sugiyama(), strict=False):
        layers[layer].append((across, box))
    placed: dict[str, Placed] = {}
    x = PAD
    for layer in sorted(layers):
        boxes = [box for _, box in sorted(layers[layer], key=lambda each: each[0])]
        width = max(map(_width, boxes))
        y = PAD
        for box in boxes:
            placed[box.key] = Placed(box, x, y, width, _height(box))
            y += _height(box) + GAP
        x += width + BETWEEN
    return _centred(placed)


def _centred(placed: dict[str, Placed]) -> dict[str, Placed]:
    """Move each layer to the middle of the highest."""
    bottom: dict[float, float] = defaultdict(float)
    for each in placed.values():
        bottom[each.x] = max(bottom[each.x], each.y + each.height)
    highest = max(bottom.values(), default=0.0)
    return {
        key: Placed(each.box, each.x, each.y + (highest - bottom[each.x]) / 2, each.width, each.height)
        for key, each in placed.items()
    }


def _width(box: Box) -> float:
    return 2 * PAD + CHARACTER * max(len(line) for line in (box.title, *box.lines))


def _height(box: Box) -> float:
    return 2 * PAD + LINE * (1 + len(box.lines)) - 4


def _box(each: Placed) -> str:
    kind = ' class="given"' if each.box.given else ""
    x = each.x + PAD
    lines = [f'<text class="title" x="{x:.1f}" y="{each.y + PAD + 10:.1f}">{plain(each.box.title)}</text>']
    for number, line in enumerate(each.box.lines, 1):
        lines.append(f'<text x="{x:.1f}" y="{each.y + PAD + 10 + LINE * number:.1f}">{plain(line)}</text>')
    size = f'width="{each.width:.1f}" height="{each.height:.1f}"'
    return f'<g{kind}><rect x="{each.x:.1f}" y="{each.y:.1f}" {size} rx="6"/>{"".join(lines)}</g>'


def _arrow(start: Placed, end: Placed, label: str) -> str:
    """Return a curve from the side of one box to that of another; to itself, or back, around the boxes."""
    x1, y1 = start.x + start.width, start.y + start.height / 2
    x2, y2 = end.x, end.y + end.height / 2
    if x2 > x1:
        bend = (x2 - x1) / 2
        curve = f"M{x1:.1f} {y1:.1f} C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        middle = ((x1 + x2) / 2, (y1 + y2) / 2 - 4)
    else:
        x2, y2 = end.x + end.width, end.y + end.height / 2 + 10
        out = max(x1, x2) + BETWEEN * 0.6
        curve = f"M{x1:.1f} {y1 - 6:.1f} C{out:.1f} {y1 - 30:.1f} {out:.1f} {y2 + 20:.1f} {x2:.1f} {y2:.1f}"
        middle = (out - 12, (y1 + y2) / 2)
    text = (
        f'<text class="label" x="{middle[0]:.1f}" y="{middle[1]:.1f}">{plain(label)}</text>' if label else ""
    )
    return f'<g><path d="{curve}" marker-end="url(#mlsig-tip)"/>{text}</g>'
