"""The volume that a front covers, by the library: all objectives are to be small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from optuna._hypervolume import compute_hypervolume


def volume(points: Sequence[Sequence[float]], reference: Sequence[float]) -> float:
    """Return the volume between points and a reference, by Optuna's implementation."""
    inside = [point for point in points if all(a < b for a, b in zip(point, reference, strict=True))]
    if not inside:
        return 0.0
    return float(compute_hypervolume(np.array(inside), np.array(reference)))
