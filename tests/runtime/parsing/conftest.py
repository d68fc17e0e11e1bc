from __future__ import annotations

from types import ModuleType

import corpus
import pytest


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    return corpus.compiled(tmp_path_factory.mktemp("answers"))
