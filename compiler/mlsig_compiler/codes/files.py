"""Codes 09: files and configuration, which have no examples."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

FILES: Final = (
    Code("MLS0901", "no such file", "A path that was named does not exist."),
    Code("MLS0902", "a file that cannot be read", "The system refused it, or it is larger than 16 MiB."),
    Code(
        "MLS0903",
        "a folder without .mlsig files",
        "The folder that was named has no .mlsig file, at any depth.",
    ),
    Code(
        "MLS0904",
        "not the name of a module",
        "Each file becomes a Python module of its name, so the names of files and folders are Python "
        "names, and files end in .mlsig.",
    ),
    Code(
        "MLS0905",
        "two files that become one module",
        "Two source roots have a file at the same place, and one module would overwrite the other.",
    ),
    Code(
        "MLS0908",
        "a file that the compiler did not write",
        "Where a module should be written there is a file that this compiler did not generate, so it is "
        "left alone.",
    ),
    Code(
        "MLS0906",
        "a configuration that cannot be used",
        "`[tool.mlsig]` of pyproject.toml has a wrong value.",
    ),
    Code(
        "MLS0907",
        "an unknown key of the configuration",
        "`[tool.mlsig]` has the keys `src`, `out` and `package`.",
    ),
)
