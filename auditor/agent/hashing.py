"""Holds many files against their recorded hashes, several at a time.

`hashlib` lets other threads run while it works on more than 2 KiB, and so does the system
while it reads, so that threads are as good as processes here, and nothing is started. The
threads are our own and not an executor's, which would wait for one that hangs at our exit.
"""

from __future__ import annotations

import os
import threading
from binascii import b2a_base64

from .section import Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .root import Root

    # (path, recorded checksum as in RECORD: `sha256=BASE64`)
    File = tuple[str, str]

MAX_THREADS = 8
# The specification asks for SHA-256 or better; md5 and sha1 are of its first years.
_HASHES = ("sha256", "sha384", "sha512", "sha224", "sha1", "md5")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")  # RFC 4648, section 5
_BATCH = 32  # files that a thread takes at a time
_TICK = 0.2  # seconds: how often progress is told


def hold_against_hashes(
    root: Root, files: list[File], progress: Callable[[int, int], None] | None = None
) -> dict[File, bool | OSError | ValueError]:
    """Whether each file has its recorded hash, or why that cannot be told.

    `progress(done, of)` is called now and then, from the calling thread. Raises `OutOfTime`.
    """
    work = _Work(root, files)
    for _ in range(min(_processors(), MAX_THREADS, len(files) // _BATCH) - 1):
        try:
            threading.Thread(target=work.run, daemon=True).start()
            work.helpers += 1
        except RuntimeError:  # no more threads are allowed here (pids.max): fewer will do
            break
    try:
        for done in work.batches():
            if progress is not None:
                progress(done, len(files))
        work.wait(progress)
    finally:
        work.stopped = True  # whatever ended us ends the helpers, too
    if work.failure is not None:
        raise work.failure
    return work.results


class _Work:
    """What is left to be done, and what was found; threads take a batch at a time."""

    def __init__(self, root: Root, files: list[File]) -> None:
        self.results: dict[File, bool | OSError | ValueError] = {}
        self.failure: BaseException | None = None
        self.stopped = False
        self.helpers = 0
        self._root = root
        self._files = files
        self._taken = 0
        self._ended = threading.Semaphore(0)
        self._lock = threading.Lock()

    def run(self) -> None:
        """A helper's life."""
        try:
            for _ in self.batches():
                pass
        except BaseException as error:  # told by the thread that waits for us
            self.failure = error
            self.stopped = True
        finally:
            self._ended.release()

    def wait(self, progress: Callable[[int, int], None] | None) -> None:
        """For the helpers' last batches."""
        for _ in range(self.helpers):
            while not self._ended.acquire(timeout=_TICK):
                if progress is not None:
                    progress(len(self.results), len(self._files))
        if progress is not None:  # helpers may have done it all between two ticks
            progress(len(self.results), len(self._files))

    def batches(self) -> Iterator[int]:
        """Work until nothing is left; yields how many files are done after each batch."""
        while not self.stopped:
            with self._lock:
                start = self._taken
                self._taken += _BATCH
            batch = self._files[start : start + _BATCH]
            if not batch:
                return
            for file in batch:
                self.results[file] = self._hold(file)
            yield len(self.results)

    def _hold(self, file: File) -> bool | OSError | ValueError:
        try:
            return _matches(self._root, *file)
        except (OSError, ValueError) as error:
            return error


def _matches(root: Root, path: str, checksum: str) -> bool:
    algorithm, _, expected = checksum.partition("=")
    if algorithm not in _HASHES:
        raise Unreadable("RECORD names an unknown hash")
    digest = root.digest(path, algorithm)
    found = b2a_base64(digest, newline=False).translate(_URL_SAFE)
    return found.rstrip(b"=").decode() == expected.rstrip("=")


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except OSError:
        return 1
