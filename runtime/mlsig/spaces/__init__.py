"""Search spaces: what a generated `class Tuning(spaces.Space)` is made of.

    config = Tuning.sample(random.Random(0))
    Tuning.validate({"temperature": 0.7, …})     # -> Tuning.Config, or a ValidationError that says all
    Tuning.mutate(config, rng); Tuning.neighbors(config); Tuning.domain("temperature", {"adapter": "JSON"})

`sample` and `legal` are straight-line code in the generated class; the rest is here.
"""

from mlsig.spaces.checks import agrees, complete, exhausted, explain, read
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.draws import (
    ATTEMPTS,
    Rng,
    exponential,
    index,
    log_index,
    normal,
    normal_index,
    uniform,
    weighted,
)
from mlsig.spaces.moves import mutate, neighbors
from mlsig.spaces.space import Space
from mlsig.spaces.variables import (
    ABSENT,
    UNLIMITED,
from mlsig.spaces.tables import MANY, Table, again, rows
    UNSET,
    Branch,
    Composite,
    Condition,
    Constraint,
    Kind,
    Preference,
    Variable,
)

__all__ = [
    "ABSENT",
    "ATTEMPTS",
    "UNLIMITED",
    "UNSET",
    "Branch",
    "MANY",
    "Composite",
    "Condition",
    "Config",
    "Constraint",
    "Domain",
    "FloatDomain",
    "IntDomain",
    "Kind",
    "OptionsDomain",
    "Preference",
    "Rng",
    "Scalar",
    "Space",
    "Variable",
    "agrees",
    "complete",
    "Table",
    "exhausted",
    "again",
    "explain",
    "exponential",
    "index",
    "log_index",
    "mutate",
    "neighbors",
    "read",
    "grid",
    "uniform",
    "latin_hypercube",
    "weighted",
]
    "normal",
    "normal_index",
    "rows",
    "sobol",
