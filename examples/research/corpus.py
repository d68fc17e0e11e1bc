"""Eight passages, and how they are searched: by the words that a passage and a query have in common."""

from __future__ import annotations

from typing import Final

from research import Passage

TEXTS: Final = {
    "Rain": "Rain is water that falls from clouds in drops.",
    "Snow": "Snow is ice that falls from clouds in flakes.",
    "Fog": "Fog is a cloud that lies on the ground.",
    "Tides": "Tides are made by the moon, which pulls the sea towards itself.",
    "Salt": "The sea is salty since rivers carry salt from the rocks of the land.",
    "Iron": "Iron rusts where air and water reach it.",
    "Glass": "Glass is made of sand that was molten.",
    "Paper": "Paper is made of wood, as felt is made of wool.",
}


def search(query: str, k: int) -> list[Passage]:
    """Return the passages that have most words in common with a query."""
    wanted = _words(query)
    scores = {title: len(wanted & _words(f"{title} {text}")) for title, text in TEXTS.items()}
    best = sorted((title for title in TEXTS if scores[title]), key=lambda title: -scores[title])
    return [Passage(title=title, text=TEXTS[title]) for title in best[:k]]


def merge(parts: list[list[Passage]], most: int) -> list[Passage]:
    """Return the passages of all searches, each once."""
    return list(dict.fromkeys(passage for part in parts for passage in part))[:most]


def _words(text: str) -> set[str]:
    return {word.strip(".,?!").lower() for word in text.split() if len(word) > 2}
