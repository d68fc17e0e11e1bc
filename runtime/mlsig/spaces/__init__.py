"""Search spaces: what a generated `class Tuning(spaces.Space)` is made of.

    config = Tuning.sample(random.Random(0))
    Tuning.validate({"temperature": 0.7, …})     # -> Tuning.Config, or a ValidationError that says all
    Tuning.mutate(config, rng); Tuning.neighbors(config); Tuning.domain("temperature", {"adapter": "JSON"})

`sample` and `legal` are straight-line code in the generated class; the rest is here.
"""

from mlsig.spaces.checks import agrees, complete, exhausted, explain, read
from mlsig.spaces.coding import decode
from mlsig.spaces.configs import Config
from mlsig.spaces.crossing import crossover
from mlsig.spaces.designs import grid, latin_hypercube, sobol
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
from mlsig.spaces.product import Part, Product, ProductConfig
from mlsig.spaces.space import Space
from mlsig.spaces.tables import MANY, Table, Walk, again, rows
from mlsig.spaces.variables import (
    ABSENT,
    UNLIMITED,
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
    "MANY",
    "UNLIMITED",
    "UNSET",
    "Branch",
    "Composite",
    "Condition",
    "Config",
    "Constraint",
    "Domain",
    "FloatDomain",
    "IntDomain",
    "Kind",
    "OptionsDomain",
    "Part",
    "Preference",
    "Product",
    "ProductConfig",
    "Rng",
    "Scalar",
    "Space",
    "Table",
    "Variable",
    "Walk",
    "again",
    "agrees",
    "complete",
    "crossover",
    "decode",
    "exhausted",
    "explain",
    "exponential",
    "grid",
    "index",
    "latin_hypercube",
    "log_index",
    "mutate",
    "neighbors",
    "normal",
    "normal_index",
    "read",
    "rows",
    "sobol",
    "uniform",
    "weighted",
]
