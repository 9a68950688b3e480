# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples parse, and use names and options that are there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from .interface import NAME, Interface
from .pages import Block, Page


class _Loader(yaml.SafeLoader):
    """YAML as Ansible reads it: with tags such as ``!vault``."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: str(node.value))


def bad_examples(pages: Sequence[Page], has: Interface) -> Iterator[str]:
    """Mistakes in the code blocks of pages, and in the examples of modules."""
    blocks = [block for page in pages for block in page.blocks()]
    blocks += [Block(f"{name}: EXAMPLES", "yaml", str(doc["examples"] or "")) for name, doc in has.modules.items()]
    for block in blocks:
        try:
            if block.language in ("yaml", "yml"):
                for document in yaml.load_all(block.text, Loader=_Loader):
                    for problem in _bad_calls(document, has):
                        yield f"{block.place}: {problem}"
            elif block.language == "json":
                json.loads(block.text)
        except (yaml.YAMLError, ValueError) as error:
            yield f"{block.place}: does not parse: {error}"


def _bad_calls(node: Any, has: Interface) -> Iterator[str]:
    """Mistakes in everything below a node that looks like a task, a play or a use of a role."""
    if isinstance(node, list):
        for item in node:
            yield from _bad_calls(item, has)
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        called = NAME.fullmatch(str(key))
        if called and called.group(1) not in has.modules:
            yield f"there is no module {key}"
        elif called and isinstance(value, dict):
            yield from _bad_options(value, has.modules[called.group(1)].get("options") or {}, str(key))
        else:
            yield from _bad_calls(value, has)
    called = NAME.fullmatch(_role_called(node))
    if called and called.group(1) in has.roles:
        role = called.group(1)
        for name in {**node, **(node.get("vars") or {})}:
            if str(name).startswith(f"{role}_") and name not in has.roles[role]:
                yield f"the role {role} has no option {name}"


def _role_called(node: Mapping[str, Any]) -> str:
    """The role that an entry of ``roles:`` or a task uses, empty where it uses none."""
    for action in ("ansible.builtin.import_role", "ansible.builtin.include_role"):
        if isinstance(node.get(action), dict):
            return str(node[action].get("name"))
    return str(node.get("role", ""))


def _bad_options(given: Mapping[str, Any], documented: Mapping[str, Any], of: str) -> Iterator[str]:
    known = {name: option for main, option in documented.items() for name in (main, *(option.get("aliases") or ()))}
    for name, value in given.items():
        if name not in known:
            yield f"{of} has no option {name}"
            continue
        option = known[name]
        choices = option.get("choices")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and option.get("suboptions"):
                yield from _bad_options(item, option["suboptions"], f"{of}, {name},")
            elif choices and not (isinstance(item, str) and "{{" in item) and item not in choices:
                yield f"{of}: {name} can't be {item!r}"
    for name, option in documented.items():
        if option.get("required") and not {name, *(option.get("aliases") or ())} & set(given):
            yield f"{of} needs the option {name}"
