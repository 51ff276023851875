"""A signal ends a program that waits, wherever it comes in between."""

import os
import subprocess
import sys
import threading

import pytest

from catalogue.settings import ROOT
from catalogue.stopping import Stopping

# Sends itself the signal before each line in turn that waiting runs, here or in the standard library.
INTERRUPTED = """
import signal, sys
from catalogue.stopping import asked_by_signals

for line in range(200):
    stopping, left, met = asked_by_signals(), line, False

    def trace(frame, event, argument):
        global left, met
        if event == "line" and frame.f_code.co_name in ("wait", "__enter__", "__exit__", "_acquire_restore"):
            left -= 1
            if left == -1:
                met = True
                signal.raise_signal(signal.SIGTERM)
        return trace

    sys.settrace(trace)
    stopping.wait(0.01)
    sys.settrace(None)
    if not met:
        break
    assert stopping.wait(60) and stopping.is_set()
print(line)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_no_signal_comes_at_a_moment_at_which_it_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 3  # moments that were tried


def test_all_who_wait_are_ended_and_nobody_before() -> None:
    stopping = Stopping()
    assert not stopping.wait(0)
    threads = [threading.Thread(target=stopping.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert not stopping.is_set()
    stopping.set()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert stopping.wait(0)
    assert stopping.wait()
