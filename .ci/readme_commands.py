"""Run the commands of a README as they stand there, in its folder: python3 readme_commands.py README.md

Every block marked ``sh`` is run, in order, as one script each; ``sh opens "TEXT"`` marks one that opens the
explorer: it gets a terminal, has to show TEXT, and has to end by ``q``. Tests may not be skipped.
Needs nothing but Python, as it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

SHELL = ("bash", "-euo", "pipefail", "-c")

OPENING_SECONDS = 300.0
"""Includes the installation that comes before in the same command."""

_BLOCK = re.compile(r'^```sh(?: opens "(?P<shows>[^"]+)")?\n(?P<script>.*?)^```$', re.MULTILINE | re.DOTALL)
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P].*?(?:\x1b\\|\x07)|[()][A-Z0-9]|[=>78])", re.DOTALL)
_SKIPPED = re.compile(r"\b\d+ skipped\b")


def blocks(readme: str) -> Iterator[tuple[str, str | None]]:
    """(script, text that it has to show in a terminal or None) of each block, in order."""
    for found in _BLOCK.finditer(readme):
        yield found["script"], found["shows"]


def run(script: str) -> None:
    """Raise SystemExit where the script fails, or where a test is skipped."""
    said = []
    with subprocess.Popen([*SHELL, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            said.append(line)
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}: {script}")
    if "pytest" in script and _SKIPPED.search("".join(said)):
        raise SystemExit("tests were skipped")


def run_in_terminal(script: str, shows: str) -> None:
    """Raise SystemExit unless the script shows the text and then ends well by ``q``."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp(SHELL[0], [*SHELL, script])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    painted = b""
    asked = False
    deadline = time.monotonic() + OPENING_SECONDS
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1.0)[0]:
            continue
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # The other side is closed: the program has ended.
            break
        painted += piece
        if not asked and shows in _ESCAPES.sub(b"", painted).decode(errors="replace"):
            asked = True
            os.write(terminal, b"q")
    else:
        raise SystemExit(f"did not end within {OPENING_SECONDS:.0f} s: {script}")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if not asked or code:
        text = _ESCAPES.sub(b"", painted).decode(errors="replace")
        raise SystemExit(f"ended with {code}, text {'' if asked else 'not '}shown: {script}\n{text[-2000:]}")
    print(f"shown: {shows}")


def main() -> None:
    readme = Path(sys.argv[1]).resolve()
    os.chdir(readme.parent)
    os.environ["PYTEST_ADDOPTS"] = "-rs"
    # The README's first command installs what the others run.
    os.environ["PATH"] = f"{Path('.venv/bin').absolute()}{os.pathsep}{os.environ['PATH']}"
    for script, shows in blocks(readme.read_text()):
        print(f"$ {script}", end="", flush=True)
        if shows is None:
            run(script)
        else:
            run_in_terminal(script, shows)


if __name__ == "__main__":
    main()
