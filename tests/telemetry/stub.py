"""A model in this process; importing it brings no HTTP library."""

from __future__ import annotations

from mlsig.providers.messages import Reply, Request

GOOD = "sentiment: positive"


class Stub:
    """A model in this process that answers at once, or raises."""

    def __init__(self, *texts: str | BaseException) -> None:
        self.texts = list(texts)

    async def complete(self, request: Request) -> Reply:
        return self.complete_sync(request)

    def complete_sync(self, request: Request) -> Reply:
        text = self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]
        if isinstance(text, BaseException):
            raise text
        return Reply(text=text, input_tokens=11, output_tokens=3, cost=0.25, id="r1")
