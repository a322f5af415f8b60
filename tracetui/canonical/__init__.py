"""Canonical events: one shape for what any source tells, with typed parameters and the state of the process.

A record keeps the columns of its table; a canonical event has a name, a category, a description and
parameters, whatever table it came from. What a trace does not know is absent, never made up.
"""

from typing import TYPE_CHECKING

from tracetui.lazy import exports

if TYPE_CHECKING:
    from tracetui.canonical.catalogue import EventKind, kind_of, syscalls
    from tracetui.canonical.conversion import canonical_event
    from tracetui.canonical.environments import ExecEnvironments
    from tracetui.canonical.event import CanonicalEvent
    from tracetui.canonical.fibratus_json import compatible_json
    from tracetui.canonical.fields import FIELDS, CanonicalField, Needs
    from tracetui.canonical.json_form import batch_json, event_json
    from tracetui.canonical.naming import NameStyle, styled
    from tracetui.canonical.open_files import FOLLOWED, FilesAlong, OpenFiles
    from tracetui.canonical.parameters import (
        DELIMITER,
        Parameter,
        ParameterError,
        ParameterMissing,
        ParameterMistyped,
        Parameters,
    )
    from tracetui.canonical.sequencer import SequenceError, Sequencer
    from tracetui.canonical.state import Processes, ProcessState, States
    from tracetui.canonical.template import DEFAULT_TEMPLATE, Template, TemplateError
    from tracetui.canonical.text_form import event_text
    from tracetui.canonical.told_states import ToldStates
    from tracetui.canonical.types import ParameterType

__all__ = [
    "DEFAULT_TEMPLATE",
    "DELIMITER",
    "FIELDS",
    "FOLLOWED",
    "CanonicalEvent",
    "CanonicalField",
    "EventKind",
    "ExecEnvironments",
    "FilesAlong",
    "NameStyle",
    "Needs",
    "OpenFiles",
    "Parameter",
    "ParameterError",
    "ParameterMissing",
    "ParameterMistyped",
    "ParameterType",
    "Parameters",
    "ProcessState",
    "Processes",
    "SequenceError",
    "Sequencer",
    "States",
    "Template",
    "TemplateError",
    "ToldStates",
    "batch_json",
    "canonical_event",
    "compatible_json",
    "event_json",
    "event_text",
    "kind_of",
    "styled",
    "syscalls",
]

__getattr__ = exports(
    __name__,
    {
        "catalogue": "EventKind kind_of syscalls",
        "fibratus_json": "compatible_json",
        "conversion": "canonical_event",
        "environments": "ExecEnvironments",
        "event": "CanonicalEvent",
        "fields": "FIELDS CanonicalField Needs",
        "json_form": "batch_json event_json",
        "naming": "NameStyle styled",
        "open_files": "FOLLOWED FilesAlong OpenFiles",
        "parameters": "DELIMITER Parameter ParameterError ParameterMissing ParameterMistyped Parameters",
        "sequencer": "SequenceError Sequencer",
        "state": "ProcessState Processes States",
        "template": "DEFAULT_TEMPLATE Template TemplateError",
        "text_form": "event_text",
        "told_states": "ToldStates",
        "types": "ParameterType",
    },
)
