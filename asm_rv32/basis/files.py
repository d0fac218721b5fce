"""Files that stay: each is replaced whole or not at all.

Input: a path and bytes. Output: the file. Nothing else in the package writes a file but into a
temporary folder of its own.
Invariants: what is unfinished stands beside its target under a random name, is made by nobody
else, and is removed by who made it; one that a killed process left disturbs nobody.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

_PERMISSIONS = 0o777
"""What a file keeps of its mode. New bytes are not run with the rights of who trusted the old."""


def replace(path: str, data: bytes) -> None:
    """What `path` leads to gets these bytes; a file that is there keeps its mode and owner.

    A device or a pipe is written to. Errors: OSError, also for a file that may not be written or
    whose owner cannot be kept; ValueError for what is no path.
    """
    target = os.path.realpath(path)
    try:
        # Whether the user may write it, its folder alone does not say.
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        put(target, data)
        return
    with os.fdopen(descriptor, "wb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            file.write(data)
            return
    # Nobody reads the new bytes before they are guarded as the old ones were.
    put(target, data, 0o600, lambda descriptor: _keep(descriptor, before))


def put(
    path: str, data: bytes, mode: int = 0o666, finish: Callable[[int], None] | None = None
) -> None:
    """A file with these bytes in place of whatever has its name; `path` is followed nowhere.

    `mode` is what the umask leaves of it; `finish` gets the descriptor before the file has its
    name. Errors: OSError.
    """
    unfinished = os.path.join(os.path.dirname(path), f".asmrv32-{os.urandom(16).hex()}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if finish is not None:
                finish(descriptor)
        os.replace(unfinished, path)
    except BaseException:
        try:
            os.unlink(unfinished)
        except OSError:
            pass
        raise


def _keep(descriptor: int, before: os.stat_result) -> None:
    """Mode and owner of the file that is replaced."""
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.fchown(descriptor, before.st_uid, before.st_gid)
        except PermissionError:
            import errno

            message = "it is another user's or group's, and would not stay so; write another file"
            raise PermissionError(errno.EPERM, message) from None
    os.fchmod(descriptor, before.st_mode & _PERMISSIONS)
