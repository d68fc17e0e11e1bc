"""Errors of calls in an application of your own, answered as `mlsig serve` answers them.

app = FastAPI()
tell_errors(app)
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from mlsig.errors import MlsigError, ValidationError
from mlsig.orchestrator.attempts import StepFailed
from mlsig.orchestrator.graph import DeadlinePassed
from mlsig.orchestrator.supervisor import SupervisionError
from mlsig.serving import problems
from mlsig.serving.problems import Problem

log = logging.getLogger("mlsig.serving")
TOLD: Final = (MlsigError, SupervisionError, DeadlinePassed, StepFailed)
"""What a call raises."""


def tell_errors(app: Starlette) -> None:
    """Have an application answer them; inputs that do not fit are told with all their issues."""
    for kind in TOLD:
        app.add_exception_handler(kind, _answer)


def response(problem: Problem, request_id: str) -> Response:
    """Return a problem as a response."""
    return Response(problem.document(request_id), problem.status, problem.all_headers())


async def _answer(_: Request, error: Exception) -> Response:
    request_id = uuid4().hex
    problem = problems.invalid(error) if isinstance(error, ValidationError) else problems.of(error)
    if problem.status >= 500:
        log.warning("request %s: %s (%s)", request_id, problem.kind, type(error).__name__)
    return response(problem, request_id)
