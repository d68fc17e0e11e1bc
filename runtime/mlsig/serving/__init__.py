"""Programs over HTTP: what `mlsig serve` runs, for applications of your own too.

app = application({"Review": Review}, orchestrator)      # an ASGI application: mount it, or serve it

Needs the extra `mlsig[serve]`.
"""

from mlsig.serving.application import application
from mlsig.serving.errors import tell_errors
from mlsig.serving.settings import Settings

__all__ = ["Settings", "application", "tell_errors"]
