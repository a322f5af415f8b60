"""What the explorer does about annotations: marks, tags, notes, going from one to the next, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tracetui.events.sanitise import clean
from tracetui.tui import messages
from tracetui.tui.screens.jump_actions import JumpActions
from tracetui.tui.widgets.event_list import contains

if TYPE_CHECKING:
    from tracetui.annotations.book import Book
    from tracetui.tui.annotating import Work


class AnnotationActions(JumpActions):
    """Keys that annotate the selected event, and those that lead to annotated ones."""

    def __init__(self) -> None:
        super().__init__()
        self._annotations_said = ""

    @on(messages.Annotated)
    def _annotated(self, message: messages.Annotated) -> None:
        if message.said or self._annotations_said:
            self._notice(clean(message.said))
        self._annotations_said = message.said
        self._take_book(message.book)

    def _take_book(self, book: Book) -> None:
        """Show what is annotated now."""
        self._pane.annotate(book)
        if book == self._filters.book:
            return
        self._filters.book = book
        if self._detail is not None:
            self._detail.annotate(book)
        if self._filters.needs_annotations:
            self._filters.ask_again()
            self._apply_filters()

    def _do(self, work: Work) -> None:
        self._session.annotations.do(work)

    # Writing.

    def action_mark(self) -> None:
        """Ask for a letter; the one that the event has already is removed."""
        from tracetui.tui.screens.letter_prompt import LetterPrompt

        event_id = self._pane.list.current_id
        if event_id is None:
            return
        wanted = event_id

        def mark(letter: str | None) -> None:
            if letter is None:
                return
            if letter in self._filters.book[wanted].marks:
                self._do(lambda trace, notebook: _done(notebook.unmark(letter)))
            else:
                self._do(lambda trace, notebook: _done(notebook.mark(letter, wanted)))

        question = f"Mark event {wanted:,} with a letter"
        self.app.push_screen(LetterPrompt(question, self._marks(), any_letter=True), mark)

    async def action_tag(self) -> None:
        """Ask for all tags of the event."""
        from tracetui.tui.widgets.tag_prompt import TagPrompt

        event_id = self._pane.list.current_id
        if event_id is None:
            return
        wanted, book = event_id, self._filters.book

        def tag(tags: tuple[str, ...]) -> None:
            if tags != book[wanted].tags:
                self._do(lambda trace, notebook: _done(notebook.retag(wanted, tags)))

        known = [text for text, _ in book.counts("tag")]
        await TagPrompt(f"Tags of event {wanted:,}", book[wanted].tags, known).ask(self, tag)

    def action_note(self) -> None:
        """Ask for the note of the event."""
        from tracetui.tui.screens.note_prompt import NotePrompt

        event_id = self._pane.list.current_id
        if event_id is None:
            return
        wanted = event_id

        def note(text: str | None) -> None:
            if text is not None:
                self._do(lambda trace, notebook: _done(notebook.note([wanted], text)))

        had = self._filters.book[wanted].note
        self.app.push_screen(NotePrompt(f"Note on event {wanted:,}", had), note)

    # Going.

    def action_to_mark(self) -> None:
        """Ask for a letter, and go where it is."""
        from tracetui.tui.screens.letter_prompt import LetterPrompt

        marks = self._filters.book.marks
        if not marks:
            self._notice("no event is marked: m marks one")
            return

        def go(letter: str | None) -> None:
            if letter is not None:
                self._go(marks[letter], f"mark {letter}")

        self.app.push_screen(LetterPrompt("Go to mark", self._marks()), go)

    def action_annotated(self, step: int) -> None:
        """Go to the next (previous) annotated event that the list shows."""
        target = self._pane.next_annotated(self._filters.book, step)
        if target is None:
            self._notice("no event shown is annotated" if self._filters.book else "no event is annotated")
        else:
            self._go(target, "")

    def _go(self, event_id: int, what: str) -> None:
        """Jump, so that the way back is known; an event that a filter hides is named."""
        events = self._pane.list
        if events.current_id is not None and events.current_id != event_id:
            self._trail.left(events.current_id)
        events.select_id(event_id, by_user=True)
        hidden = not contains(events.positions, event_id)
        self._notice(f"{what}, event {event_id:,}, is hidden by the filter" if hidden else "")

    def _marks(self) -> dict[str, str]:
        """Marks with a few words on the event of each."""
        book = self._filters.book
        return {letter: self._words(book, event_id) for letter, event_id in book.marks.items()}

    def _words(self, book: Book, event_id: int) -> str:
        annotation = book[event_id]
        row = self._session.rows.get(event_id)
        note = next(iter(annotation.note.splitlines()), "")
        texts = (f"{event_id:,}", note, " ".join(annotation.tags), row.text if row else "")
        return "  ".join(clean(text) for text in texts if text)

    # The report.

    async def action_report(self) -> None:
        """Ask for a file, and write the report to it."""
        from tracetui.tui.export import report_error, report_name, write_report
        from tracetui.tui.widgets.prompt import Prompt

        def write(name: str) -> None:
            self._do(lambda trace, notebook: write_report(trace, notebook.read(), name))

        hint = "a Markdown file that is not there yet"
        prompt = Prompt("Write the report to", hint, report_error, report_name(self._session.path))
        await prompt.ask(self, write)


def _done(book: Book) -> str:
    """A change that needs no words."""
    return ""
