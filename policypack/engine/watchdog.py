"""
Ends a pack that cannot end itself.

Some C code, such as a regular expression that does not return, holds Python's lock. Then no thread of the process runs,
no signal handler and nothing that looks for the engine, so that the pack would outlive an engine that was killed. A
process of its own, which this file is the program of, needs no lock of the pack's. It ends the pack

- as soon as the engine is gone,
- when the pack was asked by a signal to end, and is still there after a few seconds,
- when the pack has shown no sign of life for longer than any request takes. Neither the engine's Cancel nor anything
  else reaches a pack whose lock is held, so this is as soon as it can be told.

It ends by itself as soon as the pack has ended, and reads, writes and connects to nothing but the pipe between them.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

_ALIVE: Final = b"\0"
_TICK: Final = 1.0
"""Seconds between two looks."""
_TO_END: Final = 3
"""Ticks that a pack has to end after a signal."""
LONGEST_SILENCE: Final = 30
"""Ticks without a sign of life, whatever keeps the pack from giving one."""
_LONGEST_WORK: Final = 6.0
"""
CPU seconds that the pack may use without a sign of life. protobuf, which holds the lock, reads the longest message that
gRPC lets through, 400 MB, in 2.4 seconds. A pack that other processes keep from running uses none.
"""
_ENGINES: Final = ("pulumi", "pulumi.exe")


class Watched:
    """The pack's end of the pipe to its watchdog."""

    def __init__(self, engine: int, longest_silence: int) -> None:
        """
        Starts the watchdog; from then on, signals that Python handles are passed on to it.

        :param engine: the id of the process that started this one.
        :param longest_silence: after how many seconds without a call of `is_alive` it ends this process.
        """
        import subprocess

        # -P: this folder's modules are no modules of the watchdog. The output is not the engine's to read.
        command = [sys.executable, "-P", os.path.abspath(__file__), str(engine), str(longest_silence)]
        # The engine sends signals to the group of the pack's processes, and a terminal Ctrl-C: the watchdog stays.
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        with _signals_blocked():
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, creationflags=group)
        assert process.stdin
        # Kept, because its pipe is closed when it is garbage-collected.
        self._process = process
        self._pipe = process.stdin.fileno()
        os.set_blocking(self._pipe, False)
        # The handler that Python has in C writes the signal's number there, whoever holds the lock.
        signal.set_wakeup_fd(self._pipe, warn_on_full_buffer=False)

    def is_alive(self) -> None:
        """Tells the watchdog that Python runs."""
        # Without a watchdog, or with one that does not read, the pack works as well.
        with suppress(OSError):
            os.write(self._pipe, _ALIVE)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Within it, signals that ask to end wait; a process that is started in it never gets them (not on Windows)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def main() -> None:
    """What the watchdog does: arguments are the engine's process id, and the longest silence."""
    engine, longest_silence = map(int, sys.argv[1:])
    pack = os.getppid()
    reason = _reason_to_end(engine, pack, longest_silence)
    # While this process is a child of the pack, the pack's id is nobody else's.
    if reason is not None and os.getppid() == pack:
        if reason:
            sys.stderr.write(f"{reason}\n")
        os.kill(pack, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)


def _reason_to_end(engine: int, pack: int, longest_silence: int) -> str | None:
    """
    Waits until the pack has ended or has to be ended.

    Out: None where it has ended; otherwise the reason, in words where the engine has to show it.
    """
    pipe: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(pipe,), daemon=True).start()
    # Counted by ticks, not by a clock: a machine that was suspended has kept the pack from running, too.
    silence, used_before = 0, 0.0
    ticks_to_end: int | None = None
    processes: list[psutil.Process] | None = None
    while silence < longest_silence and (silence < 2 or _cpu_seconds(pack) - used_before < _LONGEST_WORK):
        try:
            read = pipe.get(timeout=_TICK)
        except Empty:
            silence += 1
            if silence == 1:
                used_before = _cpu_seconds(pack)
            if ticks_to_end is not None:
                ticks_to_end -= 1
        else:
            if not read:
                return None
            if read.strip(_ALIVE):
                ticks_to_end = _TO_END if ticks_to_end is None else ticks_to_end
            if _ALIVE in read:
                silence = 0
            if read != _ALIVE:
                continue
        if ticks_to_end is not None and ticks_to_end <= 0:
            return ""
        if processes is None:
            processes = list(_engine_and_between(engine, pack))
        if not processes or not all(map(_is_running, processes)):
            return ""
    return (
        f"error: the policy pack has been ended: it did not respond for {silence} seconds, because a check did "
        "not finish. Please report it as a bug of the policy pack, with the resources of this stack."
    )


def _read(pipe: SimpleQueue[bytes]) -> None:
    while read := os.read(0, 4096):
        pipe.put(read)
    pipe.put(b"")


def _engine_and_between(engine: int, pack: int) -> Iterator[psutil.Process]:
    """The process that started the pack, and those behind it up to the engine; none where it is gone already."""
    # Not at the top: it takes longer than all the rest, and nobody waits for it here.
    import psutil

    try:
        ancestors = psutil.Process(pack).parents()
    except psutil.Error:
        return
    if not ancestors or ancestors[0].pid != engine:
        return
    names = []
    for process in ancestors:
        try:
            names.append(process.name())
        except psutil.Error:
            names.append("")
    # A language host, or what a virtual environment has on Windows, may stand between the engine and the pack.
    last = next((number for number, name in enumerate(names) if name in _ENGINES), 0)
    yield from ancestors[: last + 1]


def _cpu_seconds(pid: int) -> float:
    """The CPU seconds that a process has used; 0 where nobody can tell."""
    import psutil

    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _is_running(process: psutil.Process) -> bool:
    import psutil

    try:
        # One that has ended stays a zombie until the process that started it asks for its exit code.
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


if __name__ == "__main__":
    main()
