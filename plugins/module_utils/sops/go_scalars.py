# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain scalars as Go's yaml.v3 resolves them, and numbers as Go writes them: SOPS's values and MACs depend on both."""

from __future__ import annotations

import datetime
import decimal
import math
import re

from .changes import Value
from .unsure import Unsure

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

_WORDS: dict[str, tuple[Value, str]] = {
    **dict.fromkeys(("true", "True", "TRUE"), (True, "bool")),
    **dict.fromkeys(("false", "False", "FALSE"), (False, "bool")),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (None, "null")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (math.nan, "float")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), (math.inf, "float")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (-math.inf, "float")),
}
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_OCTAL = re.compile(r"([-+]?)0[oO]?([0-7]+)", re.ASCII)
_HEXADECIMAL = re.compile(r"([-+]?)0[xX]([0-9a-fA-F]+)", re.ASCII)
_BINARY = re.compile(r"([-+]?)0[bB]([01]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_DOT_FLOAT = re.compile(r"\.[0-9]+(?:[eE][-+]?[0-9]+)?", re.ASCII)
_ODD_PREFIX = re.compile(r"-?0[bo][-+]", re.ASCII)
_LIKE_A_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][0-9TtZ:+\-., ]*)?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| ([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?)?",
    re.ASCII,
)
_CANONICAL_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{0,8}[1-9])?(Z|[-+][0-9]{2}:[0-9]{2})", re.ASCII
)


def resolve(text: str) -> tuple[Value, str]:
    """The value and type of a plain (unquoted) scalar.

    Raises:
        Unsure: Where Go's rules are too odd to be followed here, or SOPS could not go on.
    """
    known = _WORDS.get(text)
    if known is not None:
        return known
    first = text[0]
    if first == "<" and text == "<<":
        raise Unsure("it has a YAML merge key")
    if first == ".":
        if _DOT_FLOAT.fullmatch(text):
            return _float(text)
        if "_" in text and _DOT_FLOAT.fullmatch(text.replace("_", "")):
            raise Unsure("it has an odd number")
        return text, "str"
    if first not in "+-0123456789":
        return text, "str"
    if _LIKE_A_TIME.fullmatch(text):
        time = _time(text)
        if time is not None:
            return time, "time"
    return _number(text)


def _number(text: str) -> tuple[Value, str]:
    plain = text.replace("_", "")
    if _DECIMAL.fullmatch(plain):
        return _int(plain, int(plain))
    for pattern, base in ((_OCTAL, 8), (_HEXADECIMAL, 16), (_BINARY, 2)):
        match = pattern.fullmatch(plain)
        if match:
            return _int(plain, int(match[1] + match[2], base))
    if _FLOAT.fullmatch(plain):
        found = _float(plain)
        return found if found[1] == "float" else (text, "str")
    if _ODD_PREFIX.match(plain):
        raise Unsure("it has an odd number")
    return text, "str"


def _int(plain: str, number: int) -> tuple[Value, str]:
    if INT64_MIN <= number <= INT64_MAX:
        return number, "int"
    if 0 <= number < 2**64 and plain[0] != "+":
        raise Unsure("it has a whole number of more than 63 bits")
    # Beyond 64 bits Go falls back to a float, for decimal digits only.
    if not _FLOAT.fullmatch(plain):
        raise Unsure("it has a whole number of more than 64 bits")
    return _float(plain)


def _float(plain: str) -> tuple[Value, str]:
    number = float(plain)
    if math.isinf(number):
        return plain, "str"
    return number, "float"


def _time(text: str) -> str | None:
    match = _TIME.fullmatch(text)
    if match is None:
        # Go takes 2024-1-2 and 2024-01-02T1:2:3Z for times too, and has ranges of its own.
        raise Unsure("it has an oddly written date")
    date, clock, fraction, zone, clock2, fraction2 = match.groups()
    if (clock or clock2 or "").startswith("24"):
        return None
    try:
        datetime.datetime.fromisoformat(f"{date}T{clock or clock2 or '00:00:00'}")
    except ValueError:
        if date[:4] == "0000" or date[5:7] == "00" or date[8:] == "00":
            raise Unsure("it has an odd date") from None
        return None
    shown = (fraction or fraction2 or "").rstrip("0")
    shown = "" if shown == "." else shown
    if zone in ("+00:00", "-00:00"):
        raise Unsure("it has a date with an odd time zone")
    if zone not in (None, "Z") and (int(zone[1:3]) > 23 or int(zone[4:]) > 59):
        raise Unsure("it has a date with an odd time zone")
    return f"{date}T{clock or clock2 or '00:00:00'}{shown}{zone or 'Z'}"


def is_canonical_time(text: str) -> bool:
    """Whether Go would write this time (RFC 3339) in just this way."""
    match = _CANONICAL_TIME.fullmatch(text)
    if match is None or match[2] in ("+00:00", "-00:00"):
        return False
    try:
        datetime.datetime.fromisoformat(match[1])
    except ValueError:
        return False
    return match[2] == "Z" or (int(match[2][1:3]) <= 23 and int(match[2][4:]) <= 59)


def go_float(number: float) -> str:
    """As Go's ``FormatFloat(number, 'f', -1, 64)`` writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    text = format(decimal.Decimal(repr(number)), "f")
    return text.removesuffix(".0")


def as_bytes(value: Value, kind: str) -> bytes:
    """A value as it is encrypted, and as it counts in the MAC."""
    if kind == "str" or kind == "time":
        return str(value).encode()
    if kind == "int":
        return b"%d" % value if isinstance(value, int) else b""
    if kind == "float":
        return go_float(value).encode() if isinstance(value, float) else b""
    if kind == "bool":
        return b"True" if value else b"False"
    return b""
