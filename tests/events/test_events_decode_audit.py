"""Python's audit event ``open`` is not the system call of the same name."""

from __future__ import annotations

from tracetui.events.arguments import parse_argument
from tracetui.events.decode import decode_argument, decode_arguments


def test_mode_and_flags_of_pythons_open():
    stored = [(0, 'path=("/etc/passwd")'), (0, 'mode=("r")'), (0o2000000, "flags=524288")]
    arguments = [parse_argument(i, value, text) for i, (value, text) in enumerate(stored)]
    assert decode_arguments("open", arguments) == [None, None, "O_RDONLY|O_CLOEXEC"]
    assert decode_argument("open", arguments[2]) == "O_RDONLY|O_CLOEXEC"


def test_the_kernels_open_stays():
    stored = [(1, 'filename=0x1("/x")'), (0o101, "flags=0x41"), (0o644, "mode=0x1a4")]
    arguments = [parse_argument(i, value, text) for i, (value, text) in enumerate(stored)]
    assert decode_arguments("sys_open", arguments) == [None, "O_WRONLY|O_CREAT", "0644"]
