# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes Secrets in files that are not encrypted."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

try:
    import yaml
except ImportError:  # operations check for it
    pass

from ..sops.cipher import SEALED


@dataclasses.dataclass(frozen=True)
class PlainSecret:
    """A Secret with a value that anybody can read; ``line`` and ``key`` are those of the first such value."""

    name: str
    line: int
    key: str


def plain_secrets(text: str) -> Iterator[PlainSecret]:
    """The Secrets in a text of YAML or JSON whose ``data`` or ``stringData`` has values. Templates are no YAML, and have none."""
    for one in _secrets(text):
        found = _first_value(one)
        if found is not None:
            key, value = found
            name = _scalar(_mapping(one.get("metadata")).get("name")) or "without a name"
            yield PlainSecret(name, value.start_mark.line + 1, key)


def named_secrets(text: str) -> Iterator[tuple[str, str, int]]:
    """Namespace (or empty), name and line of every Secret in a text of YAML or JSON, encrypted or not."""
    for one in _secrets(text):
        metadata = _mapping(one.get("metadata"))
        name = metadata.get("name")
        if name is not None and _scalar(name):
            yield _scalar(metadata.get("namespace")), _scalar(name), name.start_mark.line + 1


def _secrets(text: str) -> Iterator[dict[str, yaml.Node]]:
    try:
        nodes = list(yaml.compose_all(text, Loader=_loader(text)))
    except (yaml.YAMLError, RecursionError):
        return
    for node in nodes:
        manifest = _mapping(node)
        items = manifest.get("items")
        listed = items.value if isinstance(items, yaml.SequenceNode) else []
        yield from (one for one in (manifest, *map(_mapping, listed)) if _scalar(one.get("kind")) == "Secret")


def _loader(text: str) -> Any:
    """libyaml's where PyYAML comes with it: ten times faster. It refuses directives that PyYAML's own passes over."""
    has_directive = "%" in text and re.search(r"^\ufeff?%", text, re.MULTILINE)
    return yaml.SafeLoader if has_directive else getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _first_value(manifest: dict[str, yaml.Node]) -> tuple[str, yaml.Node] | None:
    for field in ("data", "stringData"):
        for key, value in _mapping(manifest.get(field)).items():
            if _scalar(value) and not _scalar(value).startswith(SEALED):
                return f"{field}.{key}", value
    return None


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null" else ""
