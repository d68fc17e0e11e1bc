"""The program in a FastAPI application, with the model of `mlsig local` or whatever MLSIG_LOCAL_URL names.

mlsig local -- uvicorn sentiment_app:app
curl localhost:8000/reviews -H 'content-type: application/json' -d '{"review": "Not a dull moment."}'
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Body, FastAPI
from generated.sentiment import Classify, Review
from mlsig import Orchestrator
from mlsig.serving import application, tell_errors

orchestrator = Orchestrator(Review, concurrency=50, deadline=30.0, drain=20.0)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Run the tree as long as the application runs; SIGTERM lets calls end, at most 20 seconds."""
    async with orchestrator:
        yield


app = FastAPI(lifespan=lifespan)
tell_errors(app)
app.mount("/mlsig", application({"Review": Review}, orchestrator))  # /mlsig/docs, /mlsig/metrics, …


@app.post("/reviews")
async def judge(body: Annotated[Classify.Input, Body()]) -> Classify.Output:
    """Say what the writer of a review thinks of the film."""
    return await orchestrator.call(Review, review=body.review)
