"""From text to expression.

::

    or      = and { ("or" | "||") and }
    and     = not { ("and" | "&&") not }
    not     = ("not" | "!") not | "(" or ")" | term
    term    = "exists" field | field "exists" | field | @name | text { text }
            | field ["not"] operator ( value | list | "val" "(" field ")" )
    field   = name | function "(" field ")"

After an operator on numbers, the name of another field of numbers is that field, as after ``val``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tracetui.filter.asked import predicate
from tracetui.filter.complaints import (
    mirrored,
    missing_operator,
    missing_term,
    reference_alone,
    unexpected,
    unknown_field,
    unknown_function,
    unknown_saved,
    within_saved,
)
from tracetui.filter.doubts import doubts, doubts_of_alternatives
from tracetui.filter.errors import FilterError, FilterTooLarge
from tracetui.filter.field import Field, Kind
from tracetui.filter.fields import KINDS
from tracetui.filter.functions import FUNCTIONS
from tracetui.filter.lexer import QUOTES, Lexer, Token
from tracetui.filter.lookup import BY_NAME, looks_like_field
from tracetui.filter.naming import MAX_DEPTH, field_after_exists, function, other_field
from tracetui.filter.nodes import And, Comparison, Exists, Expression, Node, Not, Or, depth
from tracetui.filter.operands import Operand
from tracetui.filter.operators import EXISTS, SIGNS, WORDS, Operator
from tracetui.filter.pairs import pair, why_not
from tracetui.filter.surroundings import NOTHING, Surroundings
from tracetui.filter.written import Expected, Reading, values

if TYPE_CHECKING:
    from tracetui.events.record import Record

MAX_LENGTH = 16_384
MAX_LEVELS = 80
"""Levels of AND in OR and OR in AND; SQLite's parser takes no more than about 90."""
MAX_CONDITIONS = 1_000
MAX_SAVED_DEPTH = 20

_NO_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for nothing; those from U+DC80 on stand for bytes that are not UTF-8."""

_EQUAL, _CONTAINS = SIGNS["="], WORDS["contains"]
_TRUE = Operand("true", 0, 4)
_LOGIC = ("and", "or")


def parse(
    text: str,
    surroundings: Surroundings = NOTHING,
    *,
    tables: Mapping[str, Collection[str]] | None = None,
    selected: Record | None = None,
    saved: Mapping[str, str] | None = None,
) -> Expression:
    """The expression that ``text`` is; the keywords replace parts of ``surroundings``.

    Raises :class:`FilterError`, and nothing else whatever the text.
    """
    if tables is not None:
        surroundings = replace(surroundings, tables=tables)
    if selected is not None:
        surroundings = replace(surroundings, selected=selected)
    if saved is not None:
        surroundings = replace(surroundings, saved=saved)
    try:
        return Parser(text, surroundings).expression()
    except FilterError as error:
        error.text = text
        raise


class Parser:
    """One parse. ``reading.slots`` tells afterwards what was expected where, up to an error too."""

    def __init__(self, text: str, surroundings: Surroundings, within: tuple[str, ...] = ()) -> None:
        self._lexer = Lexer(text)
        self.reading = Reading(self._lexer, surroundings)
        self._within = within
        """Names of the saved filters that this text is part of."""

    def expression(self) -> Expression:
        """Parse all of the text. Raises :class:`FilterError`."""
        text = self._lexer.text
        if len(text) > MAX_LENGTH:
            said = f"a filter of {len(text):,} characters; {MAX_LENGTH:,} are allowed"
            raise FilterTooLarge(said, position=MAX_LENGTH)
        if (found := _NO_CHARACTER.search(text)) is not None:
            raise FilterError("half of a character", position=found.start())
        try:
            root = self._or(0)
            levels = depth(root)
        except RecursionError:
            raise FilterTooLarge("saved filters are nested too deeply") from None
        if levels > MAX_LEVELS:
            raise FilterTooLarge(f"more than {MAX_LEVELS} levels of and within or")
        if not self._lexer.at_end:
            raise unexpected(self._lexer)
        return Expression(text, root, tuple(self.reading.references), tuple(self.reading.warnings))

    # Logic.

    def _or(self, level: int) -> Node:
        terms = [self._and(level)]
        while self._lexer.take("||") or self._lexer.take_word("or"):
            terms.append(self._and(level))
        if not self._within:
            self.reading.warnings.extend(doubts_of_alternatives(terms))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _and(self, level: int) -> Node:
        terms = [self._not(level)]
        while True:
            if self._lexer.take("&&") or self._lexer.take_word("and"):
                terms.append(self._not(level))
                continue
            start = self._lexer.skip()
            word = self._lexer.peek_word()
            self.reading.note(Expected.LOGIC, start, word.end if word else start)
            return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _not(self, level: int) -> Node:
        start = self._lexer.skip()
        if level > MAX_DEPTH:
            raise FilterTooLarge(f"more than {MAX_DEPTH} nested conditions", position=start)
        if self._takes_not():
            term = self._not(level + 1)
            return term.term if isinstance(term, Not) else Not(term)
        if not self._lexer.take("("):
            return self._term()
        inner = self._or(level + 1)
        if self._lexer.take(")"):
            return inner
        if self._lexer.at_end:
            raise FilterError("a parenthesis is not closed", position=start, expected=("and", "or", ")"))
        raise unexpected(self._lexer)

    def _takes_not(self) -> bool:
        if self._lexer.take_word("not"):
            return True
        return not self._lexer.looking_at("!=") and bool(self._lexer.take("!"))

    # Terms.

    def _term(self) -> Node:
        start = self._lexer.skip()
        self._count(start)
        if (quoted := self._lexer.quoted()) is not None:
            return self._search(quoted)
        word = self._lexer.peek_word()
        self.reading.note(Expected.TERM, start, word.end if word else start)
        if word is None or word.text.lower() in _LOGIC:
            raise missing_term(self._lexer, start, word)
        if word.text.startswith("@") and len(word.text) > 1:
            return self._saved(word)
        if self._lexer.looking_at("${"):
            raise reference_alone(self._lexer)
        self._lexer.position = word.end
        lowered = word.text.lower()
        if lowered == EXISTS and (field := field_after_exists(self.reading)) is not None:
            return Exists(field)
        if lowered in FUNCTIONS and self._lexer.looking_at("("):
            return self._comparison(function(self.reading, word), word)
        found = self.reading.field(word.text)
        return self._comparison(found, word) if found is not None else self._word(word)

    def _count(self, position: int, conditions: int = 1) -> None:
        self.reading.conditions += conditions
        if self.reading.conditions > MAX_CONDITIONS:
            raise FilterTooLarge(f"more than {MAX_CONDITIONS:,} conditions", position=position)

    def _word(self, word: Token) -> Node:
        """A word that is no field: a kind of event, or a text to look for."""
        end = self._lexer.position
        is_compared = self._operator(None) is not None and not self._lexer.at_end
        is_compared = is_compared or self._lexer.take_word(EXISTS) is not None
        self._lexer.position = end
        if is_compared or self._lexer.take_sign() is not None or looks_like_field(word.text):
            raise unknown_field(word, self.reading.surroundings.tables)
        if self._lexer.looking_at("("):
            raise unknown_function(word, FUNCTIONS)
        lowered = word.text.lower()
        if lowered not in KINDS:
            return self._search(word)
        kind = BY_NAME["type"]
        asked = predicate(kind, _EQUAL, (Operand(lowered, word.start, word.end),))
        return Comparison(kind, _EQUAL, asked, self._span(word.start))

    def _search(self, token: Token) -> Node:
        """A bare text: some text of the event contains it, and the further ones right after it too."""
        terms: list[Node] = [_text_contains(token)]
        while (following := self._next_bare_text()) is not None:
            self._count(following.start)
            terms.append(_text_contains(following))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def _next_bare_text(self) -> Token | None:
        """Another text here, unless it is a word of the language or a field."""
        start = self._lexer.skip()
        if (quoted := self._lexer.quoted()) is not None:
            return quoted
        word = self._lexer.peek_word()
        if word is None or word.text.startswith(("@", "$")):
            return None
        lowered = word.text.lower()
        reserved = lowered in (*_LOGIC, "not", EXISTS) or lowered in WORDS or lowered in KINDS
        if reserved or self.reading.field(word.text) is not None or looks_like_field(word.text):
            return None
        self._lexer.position = word.end
        if self._lexer.looking_at("(") or self._operator(None) is not None:
            self._lexer.position = start
            return None
        self._lexer.position = word.end
        return word

    def _saved(self, word: Token) -> Node:
        """``@name``: a saved filter in its place."""
        name = word.text[1:]
        saved = self.reading.surroundings.saved
        if name not in saved:
            raise unknown_saved(word, saved)
        start, length = word.start, len(word.text)
        if name in self._within:
            raise FilterError(f"the saved filter {name!r} contains itself", position=start, length=length)
        if len(self._within) >= MAX_SAVED_DEPTH:
            raise FilterTooLarge("saved filters are nested too deeply", position=start, length=length)
        inner = Parser(saved[name], self.reading.surroundings, (*self._within, name))
        try:
            root = inner.expression().root
        except FilterError as error:
            raise within_saved(name, error, start, length) from None
        self._count(start, inner.reading.conditions)
        self.reading.warnings.extend(inner.reading.warnings)
        self._lexer.position = word.end
        return root

    # Comparisons.

    def _comparison(self, field: Field, word: Token) -> Node:
        start = self._lexer.skip()
        if self._lexer.take_word(EXISTS):
            self.reading.note(Expected.OPERATOR, start, self._lexer.position, field)
            return Exists(field)
        if self._lexer.take_word("not") and self._lexer.take_word(EXISTS):
            return Not(Exists(field))
        self._lexer.position = start
        found = self._operator(field)
        if found is None:
            return self._bare_field(field, word)
        if (other := other_field(self.reading, field, found)) is not None:
            return self._paired(field, found, other, word)
        written = values(self.reading, field, found)
        self.reading.warnings.extend(doubts(field, found, written, self.reading.surroundings.tables))
        return Comparison(field, found, predicate(field, found, written), self._span(word.start))

    def _paired(self, field: Field, operator: Operator, other: Field, word: Token) -> Node:
        """Two fields compared with each other."""
        if said := why_not(field, operator, other):
            raise FilterError(said, position=word.start, length=self._lexer.position - word.start)
        both = pair(field, operator, other)
        return Comparison(both, operator, predicate(both, _EQUAL, (_TRUE,)), self._span(word.start))

    def _span(self, start: int) -> tuple[int, int] | None:
        """The place of what was read from ``start`` to here, in the filter that was typed."""
        return None if self._within else (start, self._lexer.position)

    def _bare_field(self, field: Field, word: Token) -> Node:
        """A field alone: it is true, or it has a value."""
        position = self._lexer.skip()
        following = self._lexer.peek_word()
        is_quote = self._lexer.text[position : position + 1] in tuple(QUOTES)
        if is_quote or (following is not None and following.text.lower() not in _LOGIC):
            raise missing_operator(word.text, position, following)
        if field.kind is not Kind.FLAG:
            return Exists(field)
        asked = predicate(field, _EQUAL, (Operand("true", word.start, word.end),))
        return Comparison(field, _EQUAL, asked, self._span(word.start))

    def _operator(self, field: Field | None) -> Operator | None:
        """The operator here; ``not`` before a word negates it."""
        start = self._lexer.skip()
        sign = self._lexer.take_sign()
        if sign is not None:
            self.reading.note(Expected.OPERATOR, sign.start, sign.end, field)
            if field is not None and (error := mirrored(self._lexer, sign)) is not None:
                raise error
            return SIGNS[sign.text]
        word = self._lexer.peek_word()
        if field is not None:
            self.reading.note(Expected.OPERATOR, start, word.end if word else start, field)
        negated = bool(self._lexer.take_word("not") or self._lexer.take("!"))
        if negated and (sign := self._lexer.take_sign()) is not None:
            return _opposite(SIGNS[sign.text])
        word = self._lexer.peek_word()
        if negated and field is not None:
            start_of_word = self._lexer.position
            self.reading.note(Expected.OPERATOR, start_of_word, word.end if word else start_of_word, field)
        if word is None or word.text.lower() not in WORDS:
            self._lexer.position = start
            return None
        self._lexer.position = word.end
        operator = WORDS[word.text.lower()]
        return _opposite(operator) if negated else operator


def _opposite(operator: Operator) -> Operator:
    """What ``not`` makes of an operator."""
    return replace(operator, negated=not operator.negated)


def _text_contains(token: Token) -> Node:
    if not token.text:
        raise FilterError("an empty text is everywhere", position=token.start, length=2)
    field = BY_NAME["text"]
    asked = predicate(
        field, _CONTAINS, (Operand(token.text, token.start, token.end, quoted=True, data=token.data),)
    )
    return Comparison(field, _CONTAINS, asked)
