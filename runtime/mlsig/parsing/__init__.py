"""Reading what a model wrote."""

from mlsig.parsing.outputs import Reading, parse, read, read_json, read_labelled
from mlsig.parsing.repairs import Repair

__all__ = ["Reading", "Repair", "parse", "read", "read_json", "read_labelled"]
