"""What each name of a file means: what definitions, references, renaming, hovers and colours read.

    bound = bind("qa", workspace)
    bound.at(offset)     ->   Occurrence(span, Target("qa", ("Passage", "text")), declares=False)

A target is a declaration, or a member of one, by the module that declares it; so the names that mean one
thing have one target, whatever they are called where they stand. `members` knows what a declaration has,
`typing` which type an expression has as far as names need it, `walk` goes through a file.
"""

from mlsig_compiler.lsp.binding.members import Member, World, declared, home, kind_of, members
from mlsig_compiler.lsp.binding.targets import Bound, Known, Names, Occurrence, PythonPlace, Target
from mlsig_compiler.lsp.binding.typing import member_type
from mlsig_compiler.lsp.binding.walk import bind

__all__ = [
    "Bound", "Known", "Member", "Names", "Occurrence", "PythonPlace", "Target", "World",
    "bind", "declared", "home", "kind_of", "member_type", "members",
]  # fmt: skip
