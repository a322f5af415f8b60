"""Typed parameters: what they hold, how they are asked for, and how their names are written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.canonical import (
    NameStyle,
    Parameter,
    ParameterMissing,
    ParameterMistyped,
    Parameters,
    ParameterType,
    styled,
)

T = ParameterType

VALUES = [
    (T.INT8, "-128", -128, "-128"),
    (T.UINT64, (1 << 64) - 1, (1 << 64) - 1, "18446744073709551615"),
    (T.FLOAT, 1, 1.0, "1.0"),
    (T.BOOL, "True", True, "true"),
    (T.HEX, "0xFF", 255, "0xff"),
    (T.HEX, -(1 << 63), 1 << 63, "0x8000000000000000"),
    (T.ADDRESS, -1, (1 << 64) - 1, "0xffffffffffffffff"),
    (T.FD, -1, -1, "-1"),
    (T.PID, 412, 412, "412"),
    (T.PORT, "443", 443, "443"),
    (T.IPV4, "10.0.0.1", IPv4Address("10.0.0.1"), "10.0.0.1"),
    (T.IPV4, 0x7F000001, IPv4Address("127.0.0.1"), "127.0.0.1"),
    (T.IPV6, "::1", IPv6Address("::1"), "::1"),
    (T.TIME, 1, 1, "1970-01-01T00:00:00.000000001Z"),
    (T.STRING, b"a\xff", "a\\xff", "a\\xff"),
    (T.PATH, "/etc/passwd", "/etc/passwd", "/etc/passwd"),
    (T.BYTES, "ä", b"\xc3\xa4", "Ã¤"),
    (T.ENUM, 2, 2, "2"),
    (T.FLAGS, "O_RDWR", "O_RDWR", "O_RDWR"),
    (T.SLICE, ["ls", "-l"], ("ls", "-l"), "[ls -l]"),
    (T.MAP, {"HOME": "/"}, {"HOME": "/"}, "[HOME=/]"),
]


@pytest.mark.parametrize(("type", "given", "value", "text"), VALUES)
def test_a_value_is_turned_into_one_of_its_type(type, given, value, text):
    parameter = Parameter("x", type, given)
    assert parameter.value == value
    assert isinstance(parameter.value, __builtins__["type"](value))
    assert parameter.text == text


@pytest.mark.parametrize(
    ("type", "value", "said"),
    [
        (T.UINT8, 256, "256 does not fit uint8 (0 to 255)"),
        (T.UINT32, -1, "-1 does not fit uint32 (0 to 4294967295)"),
        (T.PORT, 65536, "65536 does not fit port"),
        (T.HEX, -(1 << 63) - 1, "-9223372036854775809 does not fit hex"),
        (T.INT32, "many", "'many' is not an integer"),
        (T.INT32, 1.5, "1.5 is not an integer"),
        (T.INT32, None, "None is not an integer"),
        (T.FLOAT, "x", "'x' is not a number"),
        (T.BOOL, 2, "2 is neither true nor false"),
        (T.IPV4, "::1", "'::1' is not an IPv4 address"),
        (T.IPV6, "10.0.0.1", "'10.0.0.1' is not an IPv6 address"),
        (T.IPV4, None, "None is not an IPv4 address"),
        (T.STRING, 1, "1 is not text"),
        (T.BYTES, 1, "1 is not bytes"),
        (T.ENUM, None, "None is neither a number nor a name"),
        (T.SLICE, "ab", "'ab' is not a list"),
        (T.MAP, "ab", "'ab' is not a mapping"),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(type, value, said):
    with pytest.raises(ParameterMistyped, match='^"size" parameter: ') as error:
        Parameter("size", type, value)
    assert said in str(error.value)


@pytest.fixture
def parameters():
    return Parameters(
        [
            Parameter("file_name", T.PATH, "/etc/passwd"),
            Parameter("io_size", T.UINT32, 4096),
            Parameter("address", T.ADDRESS, 0x7F00),
            Parameter("dip", T.IPV4, "10.0.0.1"),
            Parameter("dport", T.PORT, 443),
            Parameter("pid", T.PID, 12),
            Parameter("flags", T.FLAGS, 0x80002, "O_RDWR|O_CLOEXEC"),
            Parameter("whence", T.ENUM, 9),
            Parameter("argv", T.SLICE, ("ls", "-l")),
            Parameter("ratio", T.FLOAT, 0.5),
        ]
    )


def test_values_are_asked_for_by_type(parameters):
    assert parameters.get_string("file_name") == parameters.get_path("file_name") == "/etc/passwd"
    assert parameters.get_uint16("io_size") == parameters.get_int64("io_size") == 4096
    assert parameters.get_int("dport") == parameters.get_port("dport") == 443
    assert parameters.get_address("address") == 0x7F00
    assert parameters.get_hex("address") == "0x7f00"
    assert parameters.get_ip("dip") == parameters.get_ipv4("dip") == IPv4Address("10.0.0.1")
    assert parameters.get_pid("pid") == 12
    assert parameters.get_flags("flags") == ("O_RDWR", "O_CLOEXEC")
    assert parameters.get_int("flags") == 0x80002
    assert parameters.get_enum("whence") == "9"
    assert parameters.get_slice("argv") == ("ls", "-l")
    assert parameters.get_float("ratio") == 0.5


@pytest.mark.parametrize(
    ("getter", "name", "said"),
    [
        ("get_string", "io_size", 'unable to type cast "io_size" parameter to string value'),
        ("get_uint32", "file_name", 'unable to type cast "file_name" parameter to uint32 value'),
        ("get_hex", "io_size", 'unable to type cast "io_size" parameter to Hex value'),
        ("get_int", "file_name", 'unable to type cast "file_name" parameter to integer value'),
        ("get_float", "io_size", 'unable to type cast "io_size" parameter to float value'),
        ("get_uint8", "io_size", '"io_size" parameter: 4096 does not fit uint8 (0 to 255)'),
        ("get_pid", "io_size", '"io_size" parameter is not a PID'),
        ("get_tid", "pid", '"pid" parameter is not a TID'),
        ("get_ipv6", "dip", '"dip" parameter is not an IPv6 address'),
        ("get_ip", "pid", '"pid" parameter is not an IP address'),
        ("get_slice", "file_name", '"file_name" parameter is not a slice'),
        ("get_enum", "flags", '"flags" parameter is not an enumeration'),
    ],
)
def test_another_type_is_an_error_that_names_the_parameter(parameters, getter, name, said):
    with pytest.raises(ParameterMistyped) as error:
        getattr(parameters, getter)(name)
    assert str(error.value) == said


@pytest.mark.parametrize("getter", ["get", "get_string", "get_uint8", "get_ip", "get_pid", "get_flags"])
def test_a_missing_parameter_is_an_error_of_its_own(parameters, getter):
    with pytest.raises(ParameterMissing, match="^couldn't find nope in event parameters$"):
        getattr(parameters, getter)("nope")


def test_find_knows_every_style_and_raises_nothing(parameters):
    for name in ("file_name", "File_name", "FileName", "fileName", "file.name"):
        assert parameters.find(name).value == "/etc/passwd"
    assert parameters.find("nope") is None


def test_append_set_and_remove(parameters):
    parameters.append("mss", T.UINT16, 1460)
    assert "mss" in parameters
    assert parameters.contains("mss")
    parameters.set("mss", 9000)
    assert parameters.get_uint16("mss") == 9000
    parameters.set("flags", 0)
    assert parameters.get("flags").text == "0", "the words of the old value do not stay"
    parameters.set("mss", "9k", T.STRING)
    assert parameters.get_string("mss") == "9k"
    size = len(parameters)
    parameters.append("mss", T.UINT16, 1)
    assert len(parameters) == size
    parameters.remove("mss")
    parameters.remove("mss")
    assert not parameters.contains("mss")
    with pytest.raises(ParameterMissing, match='setting the value on a missing "mss" parameter'):
        parameters.set("mss", 1)
    with pytest.raises(ParameterMistyped):
        parameters.set("io_size", "much")
    assert parameters.get_uint32("io_size") == 4096


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (NameStyle.SNAKE, "file_name=a, io_size=1"),
        (NameStyle.DOT, "file.name=a, io.size=1"),
        (NameStyle.PASCAL, "FileName=a, IoSize=1"),
        (NameStyle.CAMEL, "fileName=a, ioSize=1"),
    ],
)
def test_all_in_one_text(style, expected):
    parameters = Parameters([Parameter("io_size", T.UINT8, 1), Parameter("file_name", T.PATH, "a")])
    assert parameters.text(style, "=") == expected
    assert parameters.text() == "file_name➜ a, io_size➜ 1"


def test_underscores_of_the_kernel_stay_in_its_own_spelling():
    assert styled("_key", NameStyle.SNAKE) == "_key"
    assert styled("_key", NameStyle.CAMEL) == "key"


@given(st.sampled_from([t for t in T if t.value.startswith(("int", "uint"))]), st.integers())
def test_integers_fit_or_are_refused(type, number):
    bits = int(type.value.lstrip("uint"))
    low, high = (0, 2**bits - 1) if type.value.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if low <= number <= high:
        assert Parameter("x", type, number).value == number
    else:
        with pytest.raises(ParameterMistyped):
            Parameter("x", type, number)
