"""Search spaces: what a generated `class Tuning(spaces.Space)` is made of.

    config = Tuning.sample(random.Random(0))
    Tuning.validate({"temperature": 0.7, …})     # -> Tuning.Config, or a ValidationError that says all
    Tuning.mutate(config, rng); Tuning.neighbors(config); Tuning.domain("temperature", {"adapter": "JSON"})

`sample` and `legal` are straight-line code in the generated class; the rest is here.
"""

from bisect import bisect_right
from math import floor, nan

from msgspec import ValidationError as Unfit
from msgspec import convert

from mlsig.spaces.checks import agrees, complete, exhausted, explain, read, validate
from mlsig.spaces.coding import closer, decode, encode, on_ladder, on_line, place, point
from mlsig.spaces.configs import Config
from mlsig.spaces.crossing import crossover
from mlsig.spaces.designs import grid, latin_hypercube, sobol
from mlsig.spaces.domains import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar
from mlsig.spaces.draws import (
    ATTEMPTS,
    Ladder,
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
    "Ladder",
    "OptionsDomain",
    "Part",
    "Preference",
    "Product",
    "ProductConfig",
    "Rng",
    "Scalar",
    "Space",
    "Table",
    "Unfit",
    "Variable",
    "Walk",
    "again",
    "agrees",
    "bisect_right",
    "closer",
    "complete",
    "convert",
    "crossover",
    "decode",
    "encode",
    "exhausted",
    "explain",
    "exponential",
    "floor",
    "grid",
    "index",
    "latin_hypercube",
    "log_index",
    "mutate",
    "nan",
    "neighbors",
    "normal",
    "normal_index",
    "on_ladder",
    "on_line",
    "place",
    "point",
    "read",
    "rows",
    "sobol",
    "uniform",
    "validate",
    "weighted",
]
