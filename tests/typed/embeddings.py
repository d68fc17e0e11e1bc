"""What editors know of arrays, files and keys, of pydantic's models of records, and of created schemas."""

from collections.abc import Sequence
from typing import Any, assert_type

import mlsig
import numpy as np
import numpy.typing as npt
from mlsig import ApiKey, Image, Record
from pydantic import BaseModel
from vectors import Batch, Passage, Rank, Upload

passage = Passage.validate({})
shorts: npt.NDArray[np.int8] = np.zeros(4, np.int8)
assert_type(passage.vector, npt.NDArray[np.float32])
assert_type(Passage(id="a", vector=np.zeros(4, np.float32)), Passage)
assert_type(Batch.validate({}).centres["a"], npt.NDArray[np.float32])
assert_type(Batch.validate({}).tokens, Sequence[int | str])
assert_type(Upload.validate({}).picture, Image)
assert_type(Upload.validate({}).key, ApiKey)
assert_type(Rank.Output.validate({}).reasoning[0].step, str)


class Search(BaseModel):
    passages: list[Passage]
    named: dict[str, Passage] = {}


search = Search.model_validate({})
assert_type(search.passages[0].id, str)
assert_type(Search(passages=[passage]), Search)
assert_type(mlsig.create_schema("schema A { a: int }"), type[Record])
assert_type(mlsig.create_schema("A", {"a": "int"}, description="An A").validate({}).to_dict(), dict[str, Any])
assert_type(mlsig.create_schema({"type": "object"}, lossy=True), type[Record])

Passage(id="a", vector=[1.0])  # error: mypy=arg-type pyright=reportArgumentType
Passage(id="a", vector=shorts)  # error: mypy=arg-type pyright=reportArgumentType
Search(passages=[{"id": "a"}])  # error: mypy=list-item pyright=reportArgumentType
search.passages[0].vektor  # error: mypy=attr-defined pyright=reportAttributeAccessIssue,reportUnknownMemberType
mlsig.create_schema("A", {"a": int})  # error: mypy=dict-item pyright=reportArgumentType
mlsig.create_schema(3)  # error: mypy=call-overload pyright=reportCallIssue,reportArgumentType
key: str = Upload.validate({}).key  # error: mypy=assignment pyright=reportAssignmentType
