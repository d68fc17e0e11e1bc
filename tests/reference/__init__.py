"""A slow, plain reading of what the language means, for generated code to agree with."""
