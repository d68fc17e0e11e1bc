"""Where the evaluations of a verb run, as its options say."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlsig.engines import Afar, Engine

ENGINES = ("here", "processes", "dask", "ray")


def engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where evaluations run."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="here",
        help="where examples run: in this process (default), in worker processes, or on a Dask or Ray "
        "cluster that is there; the outcome is the same",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=0,
        metavar="N",
        help="how many worker processes (default: one a processor)",
    )
    parser.add_argument(
        "--cluster", default="", metavar="ADDRESS", help="of the Dask scheduler or the Ray cluster"
    )
    parser.add_argument(
        "--share", type=int, default=1, metavar="N", help="how many examples travel together (default: 1)"
    )


def engine_words(options: argparse.Namespace) -> list[Any]:
    """Return the options as words of a command."""
    if options.engine == "here":
        return []
    words: list[Any] = ["--engine", options.engine, "--share", options.share]
    words += ["--workers", options.workers] if options.workers else []
    return words + (["--cluster", options.cluster] if options.cluster else [])


def engine_of(options: argparse.Namespace) -> AbstractContextManager[Engine | None]:
    """Return the engine, not yet open.

    Raises:
        EngineError: It cannot be used.
    """
    if options.engine == "here":
        return nullcontext()
    from mlsig import engines  # noqa: PLC0415

    return engines.opened(options.engine, options.workers, options.cluster)


def afar_of(options: argparse.Namespace, engine: Engine | None) -> Afar | None:
    """Return what sends evaluations to the engine."""
    if engine is None:
        return None
    from mlsig.engines import Afar  # noqa: PLC0415
    from mlsig.programs.loading import search_path  # noqa: PLC0415

    return Afar(engine, options.program, search_path(Path.cwd()), share=max(1, options.share))
