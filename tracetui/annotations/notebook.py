"""The annotations of one trace, wherever they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tracetui.annotations import changes, places
from tracetui.annotations.book import Book, Kind
from tracetui.annotations.errors import AnnotationError, Unwritable
from tracetui.annotations.file import AnnotationFile, Contents
from tracetui.annotations.fingerprint import Recogniser
from tracetui.annotations.rules import check_letter, check_note, check_tags
from tracetui.trace import Trace
from tracetui.trace.tail import Signature


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A change, and what is in its way."""

    change: changes.Change
    clear: changes.Change | None = None
    """Removes what hides the change where it stands in the user's own file, which goes first."""
    hides: Callable[[Book], bool] = lambda book: False
    """Whether such a thing is there."""


class Notebook:
    """Reads and writes annotations of a trace; for the thread that owns the trace.

    They are written to the file beside the trace, and to the user's own file where the one beside can be read
    only; what both hold is shown together, the user's own first. A change is made in one transaction, and
    only to what it is about: others may annotate the same trace at the same time.

    Methods raise :class:`AnnotationError`, and :class:`TraceError` where the trace cannot be looked at.
    """

    def __init__(self, trace: Trace) -> None:
        self._recogniser = Recogniser(trace)
        self._beside = AnnotationFile(places.beside(trace.name))
        self._own = AnnotationFile(places.own())
        self._seen: tuple[Signature | None, ...] | None = None
        self._beside_contents = self._own_contents = Contents()

    @property
    def changed(self) -> bool:
        """Whether a file is another than when it was read last; told without opening it."""
        return self._signatures() != self._seen

    @property
    def places(self) -> tuple[str, ...]:
        """The files in which this trace's annotations are, as of the last reading."""
        files = ((self._beside, self._beside_contents), (self._own, self._own_contents))
        return tuple(str(one.path) for one, contents in files if contents.book)

    @property
    def sentence(self) -> str:
        """What was found and is not shown, as of the last reading; empty where all is."""
        said = []
        contents = self._beside_contents
        if contents.others and not contents.known:
            said.append(
                f"{self._beside.path.name} holds {contents.others:,} annotations of another trace that was "
                "here before; they are kept, and not shown"
            )
        unreadable = contents.unreadable + self._own_contents.unreadable
        if unreadable:
            said.append(f"{unreadable:,} annotations make no sense and are not shown")
        return "; ".join(said)

    def read(self) -> Book:
        """All that is annotated now."""
        self._seen = self._signatures()
        self._beside_contents = self._own_contents = Contents()
        self._beside_contents = self._beside.read(self._recogniser)
        self._own_contents = self._own.read(self._recogniser)
        return self._own_contents.book.over(self._beside_contents.book)

    # Changes; each returns what is annotated afterwards.

    def write(
        self, event_ids: Sequence[int], *, mark: str = "", tags: Iterable[str] = (), note: str = ""
    ) -> Book:
        """Annotate events, all of it or nothing; a mark is for the first of them."""
        wanted = []
        if mark:
            wanted.append(_marking(check_letter(mark), event_ids[0]))
        if words := check_tags(tags):
            wanted.append(_Wanted(changes.tag(event_ids, words)))
        if text := check_note(note):
            wanted.append(_noting(event_ids, text))
        return self._write(wanted) if wanted else self.read()

    def mark(self, letter: str, event_id: int) -> Book:
        """Let ``letter`` name an event; it names another no longer."""
        return self._write([_marking(check_letter(letter), event_id)])

    def unmark(self, letters: Iterable[str]) -> Book:
        """Let ``letters`` name no event."""
        gone = frozenset(letters)
        return self._remove(changes.unmark(gone), lambda book: not gone.isdisjoint(book.marks))

    def tag(self, event_ids: Sequence[int], tags: Iterable[str]) -> Book:
        """Give tags to events, beside those that they have."""
        return self._write([_Wanted(changes.tag(event_ids, check_tags(tags)))])

    def untag(self, event_ids: Sequence[int], tags: Iterable[str]) -> Book:
        """Take tags from events."""
        gone = frozenset(tags)
        return self._remove(
            changes.untag(event_ids, tuple(gone)),
            lambda book: any(not gone.isdisjoint(book[event_id].tags) for event_id in event_ids),
        )

    def retag(self, event_id: int, tags: Iterable[str]) -> Book:
        """Let an event have these tags and no others."""
        wanted, book = frozenset(tags), self.read()
        gone = [tag for tag in book[event_id].tags if tag not in wanted]
        new = check_tags(wanted.difference(book[event_id].tags))
        if gone:
            book = self.untag([event_id], gone)
        return self.tag([event_id], new) if new else book

    def note(self, event_ids: Sequence[int], text: str) -> Book:
        """Write a note on events, in the place of what they have; an empty one removes that."""
        if text := check_note(text):
            return self._write([_noting(event_ids, text)])
        return self._remove(changes.note(event_ids, ""), lambda book: _noted(book, event_ids))

    def add(self, book: Book) -> Book:
        """Annotate as another book does, beside what there is."""
        wanted = [_marking(letter, event_id) for letter, event_id in book.marks.items()]
        for text, _ in book.counts(Kind.TAG):
            wanted.append(_Wanted(changes.tag(sorted(book.ids(Kind.TAG, text.__eq__)), [text])))
        for text, _ in book.counts(Kind.NOTE):
            wanted.append(_noting(sorted(book.ids(Kind.NOTE, text.__eq__)), text))
        return self._write(wanted)

    # Inside.

    def _write(self, wanted: Sequence[_Wanted]) -> Book:
        """Change the file beside the trace, or the user's own where that one takes no change."""
        all_of_it = [one.change for one in wanted]
        try:
            self._beside.change(self._recogniser, all_of_it)
        except Unwritable as beside:
            try:
                self._own.change(self._recogniser, all_of_it)
            except Unwritable as own:
                raise AnnotationError(f"{beside.message}, and {own.message}", own.hint) from own
            return self.read()
        book, own_book = self.read(), self._own_contents.book
        hiding = [one.clear for one in wanted if one.clear is not None and one.hides(own_book)]
        if not hiding:
            return book
        self._own.change(self._recogniser, hiding)
        return self.read()

    def _remove(self, change: changes.Change, holds: Callable[[Book], bool]) -> Book:
        """Change each file that ``holds`` something to be removed."""
        book = self.read()
        held = [
            place
            for place, contents in ((self._beside, self._beside_contents), (self._own, self._own_contents))
            if holds(contents.book)
        ]
        for place in held:
            place.change(self._recogniser, [change])
        return self.read() if held else book

    def _signatures(self) -> tuple[Signature | None, ...]:
        return Signature.of(self._beside.path), Signature.of(self._own.path)


def _marking(letter: str, event_id: int) -> _Wanted:
    return _Wanted(
        changes.mark(letter, event_id), changes.unmark([letter]), lambda book: letter in book.marks
    )


def _noting(event_ids: Sequence[int], text: str) -> _Wanted:
    return _Wanted(
        changes.note(event_ids, text), changes.note(event_ids, ""), lambda book: _noted(book, event_ids)
    )


def _noted(book: Book, event_ids: Sequence[int]) -> bool:
    return any(book[event_id].note for event_id in event_ids)
