"""Records as the JSON Schemas that providers force answers into."""

from mlsig.structured.dialects import Variant
from mlsig.structured.fitting import fitted
from mlsig.structured.saying import own_names, say
from mlsig.structured.strict import problem

__all__ = ["Variant", "fitted", "own_names", "problem", "say"]
