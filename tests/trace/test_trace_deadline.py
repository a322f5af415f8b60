"""What runs too long is interrupted, until it has ended and no longer."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from tracetui.trace.deadline import Watch


class Running:
    """Counts how often it is interrupted."""

    def __init__(self, seconds):
        self.deadline = time.monotonic() + seconds
        self.expired = False
        self.interruptions = 0
        self.interrupted = threading.Event()

    def interrupt(self):
        self.interruptions += 1
        if self.interruptions == 3:
            self.interrupted.set()


def test_interrupted_again_and_again_until_it_has_ended():
    """The first time may have come before SQLite had begun."""
    watch, running = Watch(), Running(0.01)
    watch.begin(running)
    assert running.interrupted.wait(10)
    assert running.expired
    watch.end(running)
    seen = running.interruptions
    other = Running(0)
    watch.begin(other)
    assert other.interrupted.wait(10)
    assert running.interruptions == seen


def test_what_ends_in_time_is_left_alone():
    watch, patient, late = Watch(), Running(3600), Running(0)
    for _ in range(3):  # the second time it has to be woken
        watch.begin(patient)
        watch.end(patient)
    watch.begin(patient)
    watch.begin(late)
    assert late.interrupted.wait(10)
    assert not patient.expired
    assert patient.interruptions == 0


FORKING = """
import os, threading, time
from tracetui.trace.deadline import Watch

class Running:
    expired = False
    def __init__(self, seconds):
        self.deadline, self.interrupted = time.monotonic() + seconds, threading.Event()
    def interrupt(self):
        self.interrupted.set()

watch = Watch()
watch.begin(Running(3600))
pid = os.fork()
late = Running(0)
watch.begin(late)
code = 0 if late.interrupted.wait(10) else 1
if pid == 0:
    os._exit(code)
assert code == 0 and os.waitpid(pid, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_watches_too():
    subprocess.run([sys.executable, "-c", FORKING], check=True, timeout=60)
