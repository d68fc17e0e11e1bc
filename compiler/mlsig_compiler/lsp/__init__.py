"""`mlsig lsp`: what editors ask about `.mlsig` files, answered over the language server protocol.

    workspace       which files there are, saved or not, and what was found in each; an edit costs one file
    places          offsets of a text, and the lines and UTF-16 columns of editors
    binding/        which declaration or member each name of a file means
    server          the protocol: one function a request, each a few lines around one of the modules below

`diagnosing`, `hovering`, `completing`, `finding` (definitions, references), `renaming`, `outlining` (symbols,
folding), `colouring` (semantic tokens), `mending` (formatting, fixes), `hinting`: one feature each, functions
of the workspace and a place, which know no connection. pygls is imported by `server` alone.
"""
