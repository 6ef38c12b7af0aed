"""Where servers may stand and who runs them.

PostgreSQL refuses to run as root. Root therefore starts it as an unprivileged user of this machine,
who must be able to walk to the programs and to the data. Where that user cannot (a clone under
/root), both go to a folder of ours under /var/tmp: no folder is opened up.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.demo.trouble import Trouble

OUTSIDE = Path("/var/tmp")  # noqa: S108 -- the folder made there is ours alone; `outside` makes sure of it
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Servant:
    """The unprivileged person who runs a server that root starts."""

    name: str
    uid: int
    gid: int


def servant() -> Servant | None:
    """Who runs the servers: nobody but ourselves when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Servant(name, entry.pw_uid, entry.pw_gid)
    raise Trouble(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody.",
        "Start the demo as an ordinary user.",
    )


def as_servant() -> dict[str, Any]:
    """What subprocess needs so that a server runs without root's powers."""
    who = servant()
    if who is None:
        return {}
    return {"user": who.uid, "group": who.gid, "extra_groups": [], "cwd": "/"}


def dies_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """For a child's preexec_fn: the kernel sends it `sign` when this process ends somehow."""
    parent = os.getpid()

    def ask_kernel() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # it ended before the kernel was asked
            os._exit(1)

    return ask_kernel


def reachable(path: Path) -> bool:
    """Whether the servant can walk to the path. Without a servant, it is our own."""
    if servant() is None:
        return True
    path = path.resolve()
    return all(at.stat().st_mode & stat.S_IXOTH for at in (path, *path.parents) if at.exists())


def hand_over(path: Path) -> None:
    """Give a file or folder to the servant, and to nobody else."""
    who = servant()
    if who is not None:
        os.chown(path, who.uid, who.gid)
    path.chmod(0o700 if path.is_dir() else 0o600)


def place_outside(var: Path) -> Path:
    """The path of our folder outside of `var`, whether it exists or not."""
    mark = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:10]
    return OUTSIDE / f"rooms-ops-{mark}"


def outside(var: Path) -> Path:
    """Our folder for what cannot stand in `var`. Refuses one that somebody else put there."""
    place = place_outside(var)
    try:
        place.mkdir(mode=0o755)
    except FileExistsError:
        facts = place.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            raise Trouble(
                f"{place} exists and is not ours.",
                "Remove it, or set PORTAL_VAR to another folder.",
            ) from None
    place.chmod(0o755)
    return place


def make_var(var: Path) -> None:
    """Have the data folder, open to walk through; what is secret inside has its own mode."""
    if not var.exists():
        var.mkdir(parents=True)
        var.chmod(0o755)


def data_home(var: Path) -> Path:
    """The folder in which servers keep their data."""
    return var if reachable(var) else outside(var)


def programs(folder: Path, var: Path) -> Path:
    """A folder of programs that the servant can start: this one, or a copy where he can walk to.

    The whole installation is copied, because programs look for their libraries beside themselves.
    """
    installation = folder.parent
    folders = (path for path in installation.iterdir() if path.is_dir())
    if all(reachable(path) for path in (*folders, *folder.iterdir())):
        return folder
    stamp = hashlib.sha256(f"{installation}{installation.stat().st_mtime_ns}".encode()).hexdigest()[
        :10
    ]
    copy = outside(var) / f"programs-{stamp}"
    if not copy.exists():
        # copied aside and renamed: a copy that exists is a whole one
        aside = Path(tempfile.mkdtemp(prefix="copying-", dir=copy.parent))
        try:
            shutil.copytree(installation, aside / "whole", symlinks=True)
            for path in (aside / "whole", *(aside / "whole").rglob("*")):
                mode = path.stat().st_mode
                path.chmod(mode | 0o444 | (0o111 if mode & stat.S_IXUSR else 0))
            (aside / "whole").rename(copy)
        finally:
            shutil.rmtree(aside)
    return copy / folder.name


def forget_outside(var: Path) -> None:
    """Remove what stands outside of `var` on its behalf."""
    if place_outside(var).exists():
        shutil.rmtree(outside(var))
