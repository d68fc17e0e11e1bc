"""SIGKILL while rows are written: what was acknowledged is there, whole, and nothing is there by half."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from mlsig import resources
from mlsig.programs import Program
from mlsig.resources import moving, std
from mlsig.resources.actions import programs
from nightly import SCALE
from scripted import Scripted
from searched import DATA, KINDS, answer

WRITER = """\
import sys
from mlsig import resources
from projects import Note, Project, Run

with resources.connect(sys.argv[1], Project, Run, Note) as session:
    while True:
        with session.transaction():
            project = Project.create(session, name="x", due=None, day=None)
            Note.create(session, text="of it", project=project)
            project = project.update(session, name="written")
        print(project.id, flush=True)
"""


SEARCHER = """\
import os, signal, sys
from mlsig import resources
from mlsig.programs import Program
from mlsig.resources import std
from scripted import Scripted
from searched import KINDS, answer
import sentiment

asked = 0

def dying(request):
    global asked
    asked += 1
    if asked == 14:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer(request)

with resources.connect(sys.argv[1], *KINDS) as session:
    session.offer(Program, sentiment.Review.using(Scripted(dying)))
    (run,) = std.OptimizationRun.list(session).items
    run.conduct(session)
"""


def test_a_search_that_was_killed_lists_what_was_under_way_and_goes_on(
    address: str, sentiment: ModuleType
) -> None:
    told = Scripted(answer)
    program = sentiment.Review.using(told)
    with resources.connect(address, *KINDS) as session:
        stored = programs.keep(session, program).update(session, status=std.ProgramStatus.active)
        run = stored.optimize(session, training_data=DATA, max_iterations=60, seed=5, begin=False)
    path = os.pathsep.join([str(Path(str(sentiment.__file__)).parent), *filter(None, sys.path)])
    command = [sys.executable, "-c", SEARCHER, address]
    assert subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False).returncode == -9
    with resources.connect(address, *KINDS) as session:
        session.offer(Program, program)
        died = std.OptimizationRun.get(session, run.id)
        assert died.status is std.RunStatus.running
        left = died.results["under_way"]
        assert 1 <= len(left) <= 4
        done = died.conduct(session)
        assert (done.status, done.results["lost"]) == (std.RunStatus.completed, left)
        assert "under_way" not in done.results
        assert len(told.asked) == done.iterations - died.iterations
        # What was lost is paid: it is off the budget, and no evaluation counts twice.
        assert 13 + len(told.asked) <= 60
        rows = done.evaluations(session, limit=1_000).items
        keys = [tuple(row.recall["key"]) for row in rows]
        assert len(keys) == len(set(keys)) == done.iterations
        assert {tuple(one["key"]) for one in left} <= set(keys)


def test_what_was_acknowledged_survives_a_kill(address: str, projects: ModuleType) -> None:
    rng = random.Random(11)
    folder = Path(str(projects.__file__)).parent
    acknowledged: list[str] = []
    for _ in range(3 * SCALE):
        command = [sys.executable, "-c", WRITER, address]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for _ in range(rng.randrange(1, 12)):
                acknowledged.append(child.stdout.readline().strip())
            child.kill()
            acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    with resources.connect(address, projects.Project, projects.Run, projects.Note) as session:
        moving.checked(session)
        found = projects.Project.list(session, limit=10_000).items
        notes = projects.Note.list(session, limit=10_000).items
        assert set(acknowledged) <= {project.id for project in found}
        assert {(project.name, project.version) for project in found} == {("written", 2)}
        assert sorted(note.project_id for note in notes) == sorted(project.id for project in found)
