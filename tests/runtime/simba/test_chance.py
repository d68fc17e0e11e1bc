from __future__ import annotations

import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from mlsig.evaluation.chance import call_seed, digest, generator, pick, shuffled, weighted


def test_every_decision_has_its_own_generator() -> None:
    assert generator(1, "step", 2).random() == generator(1, "step", 2).random()
    others = {
        generator(1, "step", 2).random(),
        generator(1, "step", 3).random(),
        generator(2, "step", 2).random(),
    }
    assert len(others) == 3


def test_parts_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(1, 23) != digest(12, 3)
    assert digest("1") != digest(1)


def test_seeds_of_calls_depend_on_example_and_trial_and_fit_any_server() -> None:
    seeds = {call_seed(seed, example, trial) for seed in (0, 1) for example in ("a", "b") for trial in (0, 1)}
    assert len(seeds) == 8
    assert call_seed(7, "é\x1f", 1) == digest(7, "call", "é\x1f", 1) >> 33
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_the_same_seed_means_the_same_in_another_process() -> None:
    code = "from mlsig.evaluation.chance import *; print(call_seed(7, 'é', 1), generator(7, 'x').random())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": hashing, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for hashing in ("1", "2")
    }
    assert runs == {f"{call_seed(7, 'é', 1)} {generator(7, 'x').random()}\n"}


@given(st.lists(st.integers(), max_size=30), st.integers())
def test_shuffling_keeps_everything(items: list[int], seed: int) -> None:
    assert Counter(shuffled(items, generator(seed))) == Counter(items)


def test_shuffling_is_fair() -> None:
    firsts = Counter(shuffled("abcd", generator(n))[0] for n in range(2_000))
    assert all(400 < firsts[letter] < 600 for letter in "abcd")


def test_weights_are_kept() -> None:
    rng = generator(5)
    found = Counter(weighted("abc", [1.0, 3.0, 0.0], rng) for _ in range(2_000))
    assert found["c"] == 0
    assert 2.4 < found["b"] / found["a"] < 3.7


def test_without_weight_all_are_alike() -> None:
    found = Counter(weighted("ab", [0.0, 0.0], generator(n)) for n in range(200))
    assert min(found.values()) > 70
    assert pick([9], generator(1)) == 9


class _Highest:
    """A generator at the end of its range, where rounding could step outside."""

    def random(self) -> float:
        return 1.0 - 2**-53


def test_the_last_number_chooses_the_last_item() -> None:
    highest = _Highest()
    assert pick("abc", highest) == "c"  # type: ignore[arg-type]
    assert weighted("abc", [0.1, 0.2, 0.7], highest) == "c"  # type: ignore[arg-type]
    assert shuffled("abc", highest) == ["a", "b", "c"]  # type: ignore[arg-type]
