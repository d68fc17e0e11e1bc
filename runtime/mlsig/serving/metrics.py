"""What Prometheus reads: the orchestrator's figures as they are when it asks, and requests as they end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mlsig.orchestrator.orchestrator import Orchestrator
from mlsig.orchestrator.status import Status

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
OUTCOMES: Final = ("succeeded", "failed", "late", "refused", "cancelled")
PATHS: Final = frozenset({"/", "/health", "/ready", "/metrics", "/openapi.json", "/docs", "/status"})


class Metrics(Collector):
    """The metrics of one server, in a registry of their own.

    Args:
        orchestrator: Whose figures they are.
        programs: The names that have a path: any other is not kept, or callers could fill the memory.
    """

    def __init__(self, orchestrator: Orchestrator, programs: Collection[str]) -> None:
        self._orchestrator = orchestrator
        calls = {f"/programs/{name}{end}" for name in programs for end in ("", "/stream")}
        self._paths = PATHS | calls
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "mlsig_http_request_duration_seconds",
            "Time from a request to the end of its response.",
            ("path", "status"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._registry.register(self)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count a request; status 0 is one whose caller left."""
        self._requests.labels(path if path in self._paths else "other", status or 499).observe(seconds)

    def text(self) -> bytes:
        """Return all of them, as Prometheus reads them."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Name nothing beforehand: the figures are read when somebody asks."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yield the figures."""
        figures = self._orchestrator.stats()
        yield _gauge("mlsig_ready", "1 while calls are taken.", figures.state == "running")
        yield _gauge("mlsig_uptime_seconds", "Since the start.", figures.uptime)
        yield _gauge("mlsig_calls_running", "Calls that run.", figures.running)
        yield _gauge("mlsig_calls_waiting", "Calls that wait for their turn.", figures.waiting)
        yield _gauge("mlsig_calls_limit", "Calls that run or wait at most.", self._orchestrator.most)
        yield _gauge("mlsig_model_requests_running", "Requests that wait for models.", figures.requests)
        calls = CounterMetricFamily("mlsig_calls", "Calls that ended.", labels=("program", "outcome"))
        errors = CounterMetricFamily("mlsig_call_errors", "By class of error.", labels=("program", "error"))
        spent = CounterMetricFamily("mlsig_call_seconds", "That calls took together.", labels=("program",))
        for program, work in figures.programs.items():
            for outcome in OUTCOMES:
                calls.add_metric((program, outcome), getattr(work, outcome))
            for error, count in work.errors.items():
                errors.add_metric((program, error), count)
            spent.add_metric((program,), work.seconds)
        yield from (calls, errors, spent)
        labels = ("provider", "model")
        asked = CounterMetricFamily("mlsig_model_requests", "Requests that were answered.", labels=labels)
        failed = CounterMetricFamily("mlsig_model_errors", "Requests that failed.", labels=labels)
        cost = CounterMetricFamily("mlsig_cost_dollars", "US dollars.", labels=labels)
        tokens = CounterMetricFamily("mlsig_tokens", "Read and written.", labels=(*labels, "type"))
        for target, tally in figures.models.items():
            named = (target.provider, target.model)
            asked.add_metric(named, tally.calls)
            failed.add_metric(named, tally.errors)
            cost.add_metric(named, tally.cost)
            tokens.add_metric((*named, "input"), tally.input_tokens)
            tokens.add_metric((*named, "output"), tally.output_tokens)
        yield from (asked, failed, cost, tokens)
        again = CounterMetricFamily("mlsig_supervisor_restarts", "Restarts.", labels=("child",))
        for child, count in _restarts(self._orchestrator.status(), ""):
            again.add_metric((child,), count)
        yield again
        yield _gauge("mlsig_supervisor_zombies", "Tasks that do not end.", len(figures.zombies))


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _restarts(status: Status, above: str) -> Iterable[tuple[str, int]]:
    for child in status.children:
        path = f"{above}{child.id}"
        yield path, child.restarts
        yield from _restarts(child, f"{path}/")
