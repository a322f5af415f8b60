"""The explorer's keys: which, what they do, what the help says of them. Data only."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    """A key of the explorer."""

    key: str
    action: str
    label: str
    id: str
    help: str = ""
    show: bool = False
    """Whether the line of keys shows it."""


EXPLORER_KEYS = (
    Key("f", "filter", "Filter", "filter.open", "Show only events that match", True),
    Key("slash", "search", "Search", "search.open", "Find text, regex, bytes or an expression", True),
    Key("full_stop", "point", "Point", "filter.point", "Filter on a field of the selected event", True),
    Key("t", "tree", "Tree", "tree.show", "Show, enter or hide the process tree", True),
    Key("d", "detail", "Detail", "detail.show", "Show or hide the details of the event", True),
    Key("F", "follow", "Follow", "events.follow", "Follow the end of the trace, or stop", True),
    Key("n", "match(1)", "Next match", "search.next"),
    Key("N", "match(-1)", "Previous match", "search.previous"),
    Key("e", "failure(1)", "Next failure", "events.next_failure"),
    Key("E", "failure(-1)", "Previous failure", "events.previous_failure"),
    Key("colon", "goto", "Go to", "events.goto", "Go to an id, a percentage, +n, -n"),
    Key(
        "right_square_bracket",
        "alike('pid', 1)",
        "Same process",
        "alike.process_next",
        "Next event of the process",
    ),
    Key(
        "left_square_bracket",
        "alike('pid', -1)",
        "Same process, back",
        "alike.process_previous",
        "Previous event of the process",
    ),
    Key(
        "right_curly_bracket",
        "alike('name', 1)",
        "Same call",
        "alike.call_next",
        "Next event of the same call",
    ),
    Key(
        "left_curly_bracket",
        "alike('name', -1)",
        "Same call, back",
        "alike.call_previous",
        "Previous event of the same call",
    ),
    Key(
        "greater_than_sign", "alike('path', 1)", "Same path", "alike.path_next", "Next event on the same path"
    ),
    Key(
        "less_than_sign",
        "alike('path', -1)",
        "Same path, back",
        "alike.path_previous",
        "Previous event on the same path",
    ),
    Key(
        "right_parenthesis", "alike('fd', 1)", "Same fd", "alike.fd_next", "Next event on the same descriptor"
    ),
    Key(
        "left_parenthesis",
        "alike('fd', -1)",
        "Same fd, back",
        "alike.fd_previous",
        "Previous event on the same descriptor",
    ),
    Key("ctrl+o,alt+left", "trail(-1)", "Back", "trail.back", "Back to where the last jump began"),
    Key("alt+right", "trail(1)", "Forward", "trail.forward", "Forward again"),
    Key("s", "stack", "Filters", "filter.stack", "Several filters, each on or off"),
    Key("z", "suspend", "Filters off/on", "filter.suspend", "Put all filters aside, and bring them back"),
    Key("i", "include", "Include", "filter.include", "Show also what a != hid for lack of the field"),
    Key(
        "c", "frequency", "Counts", "counts.open", "Count the values of a field among the events shown", True
    ),
    Key("C", "connections", "Connections", "connections.open", "Network flows put together to connections"),
    Key("backspace", "undrill", "Back up", "counts.up", "Take back the value that was gone into"),
    Key("p", "freeze", "Freeze", "tail.freeze", "Hold the picture still while the trace grows"),
    Key("w", "watch", "Watch", "tail.watch", "Ring and mark when new events match an expression"),
    Key("R", "reload", "Open anew", "tail.reload", "Open what has taken the trace's place"),
    Key("y", "copy", "Copy", "events.copy", "Copy the event as one line"),
    Key("Y", "copy_json", "Copy JSON", "events.copy_json", "Copy the event as JSON"),
    Key("escape", "back", "Back", "explorer.back", "Leave the pane, the search, the process scope"),
    Key("question_mark", "app.help", "Help", "app.help_key", "", True),
    Key("q", "quit", "Quit", "app.leave", "", True),
    Key(
        "m", "mark", "Mark", "annotate.mark", "Mark the event with a letter; the same again removes it", True
    ),
    Key("apostrophe", "to_mark", "To mark", "annotate.go", "Go to the event that a letter marks"),
    Key("T", "tag", "Tag", "annotate.tag", "Give the event tags, or take them away"),
    Key("a", "note", "Note", "annotate.note", "Write a note on the event, or remove it"),
    Key("semicolon", "annotated(1)", "Next annotated", "annotate.next"),
    Key("comma", "annotated(-1)", "Previous annotated", "annotate.previous"),
)

KEYS: list[BindingType] = [
    Binding(key.key, key.action, key.label, show=key.show, id=key.id, tooltip=key.help)
    for key in EXPLORER_KEYS
]
