"""The model as units in which every string that a template prints is final."""
