"""A program whose metric does what the review says: it is to run in a process of its own."""

from __future__ import annotations

import os
import signal
import time
from typing import Any, Final

from toy import Review


class _Apart(type(Review)):  # type: ignore[misc]
    @staticmethod
    def metric_accuracy(example: Any, output: Any) -> float:
        review = example.inputs.review
        if "hang" in review:
            time.sleep(3600)
        if "killed" in review:
            os.kill(os.getpid(), signal.SIGKILL)
        if "raise" in review:
            raise ZeroDivisionError("the metric broke")
        return float(os.getpid())


Apart: Final = _Apart()
