"""Arguments of events as JSON, bounded, without running any code of the program.

A value of a built-in type is given as it is where JSON has it, else as an object with one telling key:
``{"bytes": latin-1 text, "len": n}``, ``{"str": first part, "len": n}``, ``{"dict": [keys], "len": n}``,
``{"code": name, "file": .., "line": ..}``, ``{"object": class name}``.
"""

from __future__ import annotations

import builtins
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__builtins__ = dict(vars(builtins))  # type: ignore[assignment]  # a copy: programs patch them, exits clear them


def _quote(text: str, /) -> str:
    units = text.encode("utf-16-be", "surrogatepass").hex()
    return '"' + "".join("\\u" + units[i : i + 4] for i in range(0, len(units), 4)) + '"'


try:
    from _json import encode_basestring_ascii as quote
except ImportError:  # an interpreter without C accelerators
    quote = _quote


LONGEST = 1024
"""Characters of a text and bytes of a buffer that are kept."""
MOST_ITEMS = 48
SMALLEST, LARGEST = -(1 << 63), 1 << 64
_HUGE = '{"object":"int"}'
_FLOATS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
_PATHS = {
    (module, name)
    for module in ("pathlib", "pathlib._local")
    for name in ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")
}
# Taken from `type` itself: a metaclass of the program may answer for these attributes with code of its own.
_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__qualname__"].__get__
_exception_args = BaseException.__dict__["args"].__get__


def describe_all(values: tuple[Any, ...]) -> str:
    """JSON of the arguments of an event, each with a comma before it."""
    text = ""
    for value in values:
        kind = type(value)
        if kind is str and len(value) <= LONGEST:
            text += "," + quote(value)
        elif value is None:
            text += ",null"
        elif kind is int and SMALLEST <= value < LARGEST:
            text += f",{value}"
        else:
            text += "," + describe(value)
    return text


def describe(value: Any, nested: bool = False) -> str:
    """JSON of any value."""
    kind = type(value)
    if kind is str:
        if len(value) <= LONGEST:
            return quote(value)
        return f'{{"str":{quote(value[:LONGEST])},"len":{len(value)}}}'
    if kind is int:
        return repr(value) if SMALLEST <= value < LARGEST else _HUGE
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is bytes or kind is bytearray:
        return f'{{"bytes":{quote(bytes(value[:LONGEST]).decode("latin-1"))},"len":{len(value)}}}'
    if kind is float:
        text = repr(value)
        return _FLOATS.get(text, text)
    if kind is list or kind is tuple:
        return _items(value, nested)
    if kind is dict:
        keys = [key for key in list(value)[:MOST_ITEMS] if type(key) is str or type(key) is bytes]
        return f'{{"dict":{_items(keys, False)},"len":{len(value)}}}'
    if kind is CodeType:
        name, file = quote(value.co_name), quote(value.co_filename)
        return f'{{"code":{name},"file":{file},"line":{value.co_firstlineno}}}'
    if (_text(_module_of(kind)), _text(_name_of(kind))) in _PATHS:
        return quote(str(value)[:LONGEST])
    return f'{{"object":{quote(_object(value, kind))}}}'


def _items(values: Sequence[Any], nested: bool) -> str:
    if nested:
        return f'{{"items":{len(values)}}}'
    parts = [describe(value, True) for value in values[:MOST_ITEMS]]
    if len(values) > MOST_ITEMS:
        parts.append(f'{{"more":{len(values) - MOST_ITEMS}}}')
    return f"[{','.join(parts)}]"


def _object(value: Any, kind: Any) -> str:
    """What an object is, in words; of an exception, its message too."""
    name = _class_name(kind)
    if kind is FunctionType or kind is BuiltinFunctionType or kind is ModuleType:
        return f"{name} {_text(value.__name__)}"
    if kind is MethodType and type(value.__func__) is FunctionType:
        return f"{name} {_text(value.__func__.__qualname__)}"
    if kind is type:
        return f"class {_class_name(value)}"
    try:
        first = (*_exception_args(value, kind), None)[0]
    except TypeError:
        return name
    return f"{name}: {_text(first)}" if type(first) is str else name


def _class_name(kind: Any) -> str:
    module, name = _text(_module_of(kind)), _text(_name_of(kind))
    return name if module == "builtins" else f"{module}.{name}"


def _text(value: Any) -> str:
    return value[:LONGEST] if type(value) is str else "?"
