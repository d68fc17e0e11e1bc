"""What editors know of spaces and their configurations."""

import random
from typing import assert_type

from everything import Check, Review, Small, Tuning

config = Tuning.default()
reveal_type(config)  # reveals: everything.Tuning.Config / Config
assert_type(Tuning.sample(random.Random(0)), Tuning.Config)
assert_type(Tuning.sample_batch(3, random.Random(0)), list[Tuning.Config])
assert_type(Tuning.validate({}), Tuning.Config)
assert_type(Tuning.neighbors(config), list[Tuning.Config])
assert_type(Check.variables(), type[Check.Variables])
assert_type(Check.Variables.default(), Check.Variables.Config)
assert_type(Review.variables().default().demos, int)
Review.settings(Review.variables().default())
assert_type(config.temperature, float)
assert_type(config.demos, int)
assert_type(config.structured, bool)
reveal_type(config.adapter)  # reveals: Literal['Chat'] | Literal['JSON'] / Literal['Chat', 'JSON']

config.temprature  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
config.temperature = 0.5  # error: mypy=misc pyright=reportAttributeAccessIssue
Small.Config(provider="other", model="small")  # error: mypy=arg-type pyright=reportArgumentType
Small.Config(provider="other")  # error: mypy=call-arg pyright=reportCallIssue
Small.Config(provider="other", model="only", mood="calm")  # error: mypy=call-arg pyright=reportCallIssue
Tuning.neighbors(Small.default())  # error: mypy=arg-type pyright=reportArgumentType
Tuning.sample()  # error: mypy=call-arg pyright=reportCallIssue
demos: str = config.demos  # error: mypy=assignment pyright=reportAssignmentType
