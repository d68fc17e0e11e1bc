from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
import unread_answers
from misbehaving import Misbehaving


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return unread_answers.compiled(tmp_path_factory.mktemp("answers"))


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with Misbehaving() as running:
        yield running
