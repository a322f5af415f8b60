"""Who executed whom by name, for traces without pids: a call of execve carries its caller's process name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tracetui.events import Record
from tracetui.process.model import NAMELESS, Process
from tracetui.process.names import base_name
from tracetui.process.pairing import first_word
from tracetui.process.population import adopt
from tracetui.process.reading import Cancelled, has_results
from tracetui.trace import Condition, Trace

_EXECS = ("sys_execve", "sys_execveat")


class Callers:
    """The names that called each program, in order of appearance."""

    def __init__(self) -> None:
        self._callers: dict[str, dict[str, None]] = {}
        self._read_to = 0

    def read(self, trace: Trace, last: int, cancelled: Cancelled) -> None:
        """Take in the calls of execve up to event ``last``."""
        if not has_results(trace):
            return
        name = trace.schema.tables["syscall"].c.name
        condition = Condition.of(name.in_(_EXECS), source="syscall")
        for chunk in trace.scan(condition, start=self._read_to + 1, stop=last, cancelled=cancelled):
            for record in trace.fetch(chunk.ids):
                program = _program(record)
                if program and record.procname not in NAMELESS:
                    self._callers.setdefault(program, {})[record.procname] = None
            self._read_to = chunk.last

    def link(self, nodes: Mapping[str, Process]) -> None:
        """Put each node that has no parent below the first name that executed it, by its stored name."""
        spelt: dict[str, list[Process]] = {}
        for name, node in nodes.items():
            spelt.setdefault(base_name(name), []).append(node)
        for program, callers in self._callers.items():
            found = [nodes[program]] if program in nodes else spelt.get(base_name(program), [])
            for node in found:
                if node.parent is None:
                    _adopt_first(node, (nodes[caller] for caller in callers if caller in nodes))


def _adopt_first(node: Process, callers: Iterable[Process]) -> None:
    for caller in callers:
        if adopt(caller, node):
            return


def _program(record: Record) -> str:
    """The name that events of the executed program will have: the first word of argv[0], else its path."""
    for argument in record.arguments:
        if argument.name == "argv":
            words = first_word(argument.text).split()
            if words:
                return words[0]
    return record.path or ""
