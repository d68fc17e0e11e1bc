"""Reading what a model wrote."""

from mlsig.parsing.outputs import Reading, parse, read_json, read_labelled

__all__ = ["Reading", "parse", "read_json", "read_labelled"]
