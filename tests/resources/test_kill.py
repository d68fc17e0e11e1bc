"""SIGKILL while rows are written: what was acknowledged is there, whole, and nothing is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from mlsig import resources
from mlsig.resources import moving
from nightly import SCALE

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
