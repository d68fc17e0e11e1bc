"""Spans and metrics of what programs do, by OpenTelemetry's conventions for generative AI; and logs.

    trace.set_tracer_provider(…)       # yours, as for any other library; nothing else is needed
    Review(review="…")                 # spans: invoke_workflow Review > step Classify > chat gemma-3-270m

While nobody listens, a call of a program costs one look at `on`, and nothing of OpenTelemetry is imported:
not by `import mlsig` and not by a call. A provider is looked for by the first call of the
process; one that comes later needs `enable()`. The page docs/running.md lists every span and attribute.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlsig.errors import MlsigError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from mlsig.telemetry.recorder import Recording

__all__ = ["OtelExtraMissing", "disable", "enable", "listening", "on", "recording"]

on: bool = True
"""Whether anybody may listen: whatever tells of something looks here first, and then asks `listening`."""

_looked = False
_looking = True


class OtelExtraMissing(ImportError, MlsigError):
    """The extra `mlsig[otel]` is not installed."""


def listening() -> bool:
    """Say whether anybody listens; the first time, look for a provider of OpenTelemetry."""
    global on, _looked
    if not _looked:
        _looked, on = True, False
        # Importing it is not our business: who has a provider has imported one of these.
        if _looking and any(map(sys.modules.get, ("opentelemetry.trace", "opentelemetry.metrics"))):
            from mlsig.telemetry.otel import provided  # noqa: PLC0415

            if provided():
                enable()
    return on


def enable(
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    *,
    content: bool | None = None,
) -> None:
    """Send spans and metrics to OpenTelemetry, from the next call on.

    Args:
        tracer_provider: Where spans go; the global provider by default.
        meter_provider: Where metrics go; the global provider by default.
        content: Put prompts, answers, and arguments and results of tools into spans. They may hold what is
            nobody else's business, so None leaves it to the environment variable
            OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT, and without that to no.

    Raises:
        OtelExtraMissing: opentelemetry-api is not installed.
    """
    try:
        from mlsig.telemetry.otel import Exporter  # noqa: PLC0415
    except ImportError as error:
        raise OtelExtraMissing('OpenTelemetry is not installed: `pip install "mlsig[otel]"`') from error
    from mlsig.telemetry.spans import replace  # noqa: PLC0415

    replace(Exporter, Exporter(tracer_provider, meter_provider, content=content))


def disable() -> None:
    """Send nothing to OpenTelemetry any more, whatever provider there is, until `enable` is called."""
    global _looking  # noqa: PLW0603
    _looking = False
    if "mlsig.telemetry.otel" in sys.modules:
        from mlsig.telemetry.otel import Exporter  # noqa: PLC0415
        from mlsig.telemetry.spans import replace  # noqa: PLC0415

        replace(Exporter, None)


def recording() -> AbstractContextManager[Recording]:
    """Keep the spans that begin while this context is open, to look at them.

    It needs nothing of OpenTelemetry, and does not disturb it.
    """
    from mlsig.telemetry.recorder import recording as keep  # noqa: PLC0415

    return keep()


def heard_by(count: int) -> None:
    """Take note of how many listen; where nobody does, the next call looks again."""
    global on, _looked
    on, _looked = True, count > 0
