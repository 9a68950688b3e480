# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes Secrets in files that are not encrypted, however they are written there."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

try:
    import yaml
except ImportError:  # operations check for it
    pass

from .base64_text import decoded, parts_of
from .placeholders import is_placeholder
from .templates import is_template, without_expressions

IN_BASE64 = tuple(parts_of("kind: Secret"))
"""What base64 has of a Secret."""

_KIND = re.compile(r"""kind[\\"']*[ \t]*:[ \t]*(?:[&!]\S*[ \t]+)*[\\"']*Secret\b(?![\w.-])""")
_ON_A_LINE = re.compile(
    r"""^(?P<beside>[ \t]*(?:(?:#|//)[ \t]*)?)["']?kind["']?[ \t]*:[ \t]*["']?Secret["']?[ \t\r]*(?:#.*)?$""", re.MULTILINE
)
_LIKE_YAML = re.compile(r"""[ \t].*|#.*|- .*|["']?[\w.$(){}/-]+["']?:(?: .*)?|""")
_DOCUMENT = re.compile(r"^(?=---(?:\s|$))", re.MULTILINE)
_MERGE = "tag:yaml.org,2002:merge"
_DEEPEST = 4
"""How many times one text may be within another."""

LineOf = Callable[[int], int]
"""From a line of a text within another, counted from 0, to the line of the whole, counted from 1."""


@dataclasses.dataclass(frozen=True)
class PlainSecret:
    """A Secret with a value that anybody can read; ``line`` and ``key`` are those of the first such value."""

    name: str
    line: int
    key: str


def may_have_one(content: bytes) -> bool:
    """Whether a Secret may be in it: cheap, and true for everything that has one."""
    return (b"Secret" in content and b"kind" in content) or any(part.encode() in content for part in IN_BASE64)


def plain_secrets(text: str) -> Iterator[PlainSecret]:
    """The Secrets in a text whose ``data`` or ``stringData`` has a value that is no placeholder, each value once."""
    seen = set()
    for one in _secrets(text):
        found = _first_value(one)
        if found is not None and (found.line, found.key) not in seen:
            seen.add((found.line, found.key))
            yield found


def named_secrets(text: str) -> Iterator[tuple[str, str, int]]:
    """Namespace (or empty), name and line of every Secret in a text, encrypted or not."""
    for one in _secrets(text):
        metadata = _mapping(one.fields.get("metadata"))
        name = metadata.get("name")
        if name is not None and _scalar(name):
            yield _scalar(metadata.get("namespace")), _scalar(name), one.line_at(name)


@dataclasses.dataclass(frozen=True)
class _Manifest:
    """A Secret with what tells its lines."""

    fields: Mapping[str, yaml.Node]
    line_of: LineOf

    def line_at(self, node: yaml.Node) -> int:
        return self.line_of(node.start_mark.line)


def _secrets(text: str, line_of: LineOf = lambda line: line + 1, depth: int = 0) -> Iterator[_Manifest]:
    first = 0
    for part in _DOCUMENT.split(text):
        yield from _in_document(part, _after(line_of, first), depth)
        first += part.count("\n")


def _in_document(text: str, line_of: LineOf, depth: int) -> Iterator[_Manifest]:
    if depth > _DEEPEST or not (_KIND.search(text) or _has_base64(text)):
        return
    nodes = _composed(without_expressions(text)) if is_template(text) else None
    if nodes is None:
        nodes = _composed(text)
    for node in _all_of(nodes or (), set()):
        if isinstance(node, yaml.ScalarNode):
            yield from _in_value(node, line_of, depth)
        elif _scalar(_mapping(node).get("kind")) == "Secret":
            yield _Manifest(_mapping(node), line_of)
    for first, piece in _pieces(text, only_comments=nodes is not None):
        yield from _in_document(piece, _after(line_of, first), depth + 1)


def _in_value(node: yaml.ScalarNode, line_of: LineOf, depth: int) -> Iterator[_Manifest]:
    """The Secrets of a text that is a value."""
    value, line = str(node.value), int(node.start_mark.line)
    if _KIND.search(value) and node.style == "|":
        yield from _secrets(value, _after(line_of, line + 1), depth + 1)
    elif _KIND.search(value):
        yield from _secrets(value, lambda _line: line_of(line), depth + 1)
    elif _has_base64(value):
        yield from _secrets(decoded(value) or "", lambda _line: line_of(line), depth + 1)


def _pieces(text: str, only_comments: bool) -> Iterator[tuple[int, str]]:
    """What is written like a manifest in a text of another kind or in its comments, with the line it begins in, from 0."""
    lines, reached = [line.rstrip("\r") for line in text.split("\n")], -1
    for match in _ON_A_LINE.finditer(text):
        beside = match["beside"]
        first = last = text.count("\n", 0, match.start())
        if first <= reached or (only_comments and not beside.strip()):
            continue
        while first > 0 and _goes_on(lines[first - 1], beside):
            first -= 1
        while last + 1 < len(lines) and _goes_on(lines[last + 1], beside):
            last += 1
        reached = last
        yield first, "\n".join(line[len(beside) :] for line in lines[first : last + 1])


def _goes_on(line: str, beside: str) -> bool:
    return (line.startswith(beside) or line == beside.rstrip()) and _LIKE_YAML.fullmatch(line[len(beside) :]) is not None


def _after(line_of: LineOf, first: int) -> LineOf:
    return lambda line: line_of(first + line)


def _has_base64(text: str) -> bool:
    return any(part in text for part in IN_BASE64)


def _composed(text: str) -> list[yaml.Node] | None:
    """The documents of a text, None where it is no YAML. JSON may be indented by tabs, which YAML may not."""
    try:
        return list(yaml.compose_all(text.replace("\t", " "), Loader=_loader(text)))
    except (yaml.YAMLError, RecursionError):
        return None


def _all_of(nodes: Iterable[yaml.Node], seen: set[int]) -> Iterator[yaml.Node]:
    """Mappings and scalars, each once, however often it is referred to."""
    for node in nodes:
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            if not isinstance(node, yaml.SequenceNode):
                yield node
            if isinstance(node, yaml.MappingNode):
                yield from _all_of((value for _key, value in node.value), seen)
            elif isinstance(node, yaml.SequenceNode):
                yield from _all_of(node.value, seen)


def _loader(text: str) -> Any:
    """libyaml's where PyYAML comes with it: ten times faster. It refuses directives that PyYAML's own passes over."""
    has_directive = "%" in text and re.search(r"^\ufeff?%", text, re.MULTILINE)
    return yaml.SafeLoader if has_directive else getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _first_value(manifest: _Manifest) -> PlainSecret | None:
    for field in ("data", "stringData"):
        for key, value in _mapping(manifest.fields.get(field)).items():
            for node in _all_of([value], set()):
                if _is_secret(_scalar(node), in_base64=field == "data"):
                    name = _scalar(_mapping(manifest.fields.get("metadata")).get("name")) or "without a name"
                    return PlainSecret(name, manifest.line_at(node), f"{field}.{key}")
    return None


def _is_secret(text: str, in_base64: bool) -> bool:
    if is_placeholder(text):
        return False
    inner = decoded(text) if in_base64 else None
    return inner is None or not is_placeholder(inner)


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The values of a mapping by key, with those that it takes from others."""
    found: dict[str, yaml.Node] = {}
    pending, seen = [node], set()
    for one in pending:
        if isinstance(one, yaml.SequenceNode) and one is not node:
            pending += one.value
        elif isinstance(one, yaml.MappingNode) and id(one) not in seen:
            seen.add(id(one))
            pending += [value for key, value in one.value if key.tag == _MERGE]
            own = {key.value: value for key, value in one.value if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE}
            found = {**own, **found}
    return found


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null" else ""
