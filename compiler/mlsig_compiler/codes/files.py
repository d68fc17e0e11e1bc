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
        "names without an underscore in front, and files end in .mlsig. `std` is the library that comes with "
        "mlsig.",
    ),
    Code(
        "MLS0905",
        "two files that become one module",
        "Two source roots have a file at the same place, and one module would overwrite the other; or a file "
        "and a folder have one name, and Python would find only one of them; or one file would be two "
        "modules, because it is reached from two source roots.",
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
        "`[tool.mlsig]` has the keys `src`, `out` and `package`, and the table `lint` with `select` and "
        "`ignore`, lists of the codes of warnings.",
    ),
    Code(
        "MLS0909",
        "names that differ only in case",
        "Two files or folders differ only in the case of their names. Not every file system tells them "
        "apart, so one generated module would overwrite the other on some machines.",
    ),
    Code(
        "MLS0910",
        "a link that leaves the source roots",
        "A link to a file is read only when the file is in a source root itself, so that compiling a folder "
        "reads nothing else. Links to folders are not followed at all.",
    ),
    Code(
        "MLS0911",
        "a module that hides one of Python's own",
        "The generated module would have the name of a module of Python's standard library, and whoever "
        "imports that would get this one. Where the generated modules are in a package of yours, `package` "
        "in [tool.mlsig] says so, and any name is fine.",
    ),
    Code(
        "MLS0912",
        "an import of a file that is not compiled",
        "The generated module would import from a module that this run does not write, and no run before it "
        "wrote to the same folder. Name both files, or the folder that they are in.",
    ),
)
