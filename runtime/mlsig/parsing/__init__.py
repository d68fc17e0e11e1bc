"""Reading what a model wrote."""

from mlsig.parsing.outputs import parse, read, read_json, read_labelled
from mlsig.parsing.repairs import Repair
from mlsig.readings import Reading

__all__ = ["Reading", "Repair", "parse", "read", "read_json", "read_labelled"]
