# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML, read through libyaml's nodes with their marks."""

from __future__ import annotations

import re
from typing import Any

from .cipher import ENCRYPTED
from .document import Branch, Document, Items, Leaf, Node, child
from .go_scalars import resolve
from .key_path import KeyPath
from .layout import NewScalar, Splice
from .unsure import Unsure
from .yaml_blocks import after_key, end_of_block, first_line, no_encrypted_notes
from .yaml_scalars import key_text, plain_text

_Parser: Any = object
try:
    import yaml
    from yaml import cyaml

    _Parser = getattr(cyaml, "CParser", object)
except ImportError:  # operations check for it; without libyaml the program reads YAML
    pass

_ODD_CHARACTERS = re.compile("[\x85\u2028\u2029\ufeff]")


class _Nodes(_Parser):  # type: ignore[misc]
    """libyaml's composer without Python's rules for plain scalars."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return "plain" if implicit[0] else "quoted"
        return "collection"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class YamlLayout:
    """YAML, one or several documents."""

    only_text = False

    def parse(self, text: str) -> list[Document]:
        if _Parser is object:
            raise Unsure("PyYAML comes without libyaml here")
        if not text.isascii() and _ODD_CHARACTERS.search(text):
            raise Unsure("it has characters that YAML's versions take differently")
        if "%" in text and re.search(r"^%", text, re.MULTILINE):
            raise Unsure("it has a YAML directive")
        documents = []
        try:
            parser = _Nodes(text)
            while parser.check_node():
                documents.append(_Reading(text).document(parser.get_node()))
        except yaml.YAMLError as error:
            # The messages quote the text, so only the place is told.
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            place = f" in line {mark.line + 1}" if mark is not None else ""
            raise Unsure("it is not YAML as libyaml reads it", broken=f"is not valid YAML{place}") from None
        return documents

    def scalar(self, text: str, leaf: Leaf, encrypted: str | None, value: Any) -> Splice:
        old = leaf.value
        if encrypted and isinstance(old, str) and ENCRYPTED.fullmatch(old.rstrip("\n")):
            old = old.rstrip("\n")
            at = text.find(old, leaf.start, leaf.end)
            if at >= 0:
                return Splice(at, at + len(old), encrypted)
        written = _written(encrypted, value, quoted=leaf.flow or (leaf.style in ("'", '"') and encrypted is None))
        end = leaf.start + len(text[leaf.start : leaf.end].rstrip())
        if leaf.start == leaf.end and text[leaf.start - 1 : leaf.start] in (":", "-", "?"):
            written = f" {written}"
        return Splice(leaf.start, end, written)

    def insertion(self, text: str, document: Document, branch: Branch, keys: list[str], new: NewScalar) -> Splice:
        if branch.flow or not branch.key_spans:
            raise Unsure("the new key's place is not a mapping in block style")
        last = list(branch.members)[-1]
        if document.metadata is not None and branch is document.root and _comes_first(text, branch, document):
            raise Unsure("its metadata comes before its values")
        newline = "\r\n" if "\r\n" in text else "\n"
        column = _column(text, branch.key_spans[next(iter(branch.key_spans))][0])
        lines = []
        for depth, key in enumerate(keys):
            lines.append(" " * (column + depth * document.indent) + key_text(key) + ":")
        lines[-1] += f" {_written(new.encrypted, new.value, quoted=False)}"
        block = newline.join(lines)
        end = _end_of(branch.members[last])
        if text[:end].endswith("\n"):
            return Splice(end, end, block + newline)
        end_of_line = _end_of_line(text, end)
        return Splice(end_of_line, end_of_line, newline + block)

    def removal(self, text: str, document: Document, holder: Branch | Items, key: str | int) -> Splice:
        node = child(holder, key)
        if node is None or holder.flow:
            raise Unsure("what goes is not in block style")
        start = first_line(text, holder, key, node)
        end = end_of_block(text, node, start)
        if not isinstance(node, Leaf) or isinstance(holder, Items):
            no_encrypted_notes(text, start, end)
        if len(holder.members if isinstance(holder, Branch) else holder.items) > 1:
            return Splice(start, end, "")
        no_encrypted_notes(text, start, end)
        at = after_key(text, document, holder)
        empty = " {}" if isinstance(holder, Branch) else " []"
        return Splice(at, end, empty + text[at:start])


class _Reading:
    """Turns the nodes of one document into places."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen: set[int] = set()
        self._leaves: list[Leaf] = []

    def document(self, node: Any) -> Document:
        start = node.start_mark.index
        if isinstance(node, yaml.ScalarNode):
            if node.tag == "plain" and resolve(node.value)[1] == "null":
                return Document(Branch((), "", start, start, False), [])
            raise Unsure("a document is a single value", broken="has a document that is not a mapping")
        if not isinstance(node, yaml.MappingNode):
            raise Unsure("a document is a list", broken="has a document that is not a mapping")
        metadata = [(key, value) for key, value in node.value if key.value == "sops"]
        if not metadata:
            return Document(self._branch(node, (), ""), self._leaves)
        if len(metadata) > 1 or not isinstance(metadata[0][1], yaml.MappingNode):
            raise Unsure("its metadata is oddly written")
        node.value = [pair for pair in node.value if pair[0].value != "sops"]
        document = Document(self._branch(node, (), ""), self._leaves)
        self._metadata(document, metadata[0][1])
        return document

    def _metadata(self, document: Document, node: Any) -> None:
        document.metadata = {}
        for key, value in node.value:
            if key.value in document.metadata:
                raise Unsure("its metadata has a key twice")
            document.metadata[key.value] = _plain(value)
            if key.value in ("mac", "lastmodified"):
                self._check(value)
                span = value.start_mark.index, value.end_mark.index
                if not isinstance(value, yaml.ScalarNode):
                    raise Unsure("its metadata is oddly written")
                if key.value == "lastmodified" and value.tag == "plain":
                    raise Unsure("its lastmodified is not in quotes")
                leaf = Leaf((), "", value.value, "str", *span, flow=bool(node.flow_style), style=value.style or "")
                setattr(document, key.value, leaf)
        if node.value:
            document.indent = max(node.value[0][0].start_mark.column, 1) if not node.flow_style else 2

    def _node(self, node: Any, path: KeyPath, context: str, flow: bool) -> Node:
        if isinstance(node, yaml.ScalarNode):
            return self._leaf(node, path, context, flow)
        if isinstance(node, yaml.MappingNode):
            return self._branch(node, path, context)
        self._check(node)
        flow = bool(node.flow_style)
        items = [self._node(item, (*path, at), context, flow) for at, item in enumerate(node.value)]
        return Items(path, node.start_mark.index, node.end_mark.index, flow, items)

    def _branch(self, node: Any, path: KeyPath, context: str) -> Branch:
        self._check(node)
        flow = bool(node.flow_style)
        branch = Branch(path, context, node.start_mark.index, node.end_mark.index, flow)
        for key, value in node.value:
            name = self._key(key)
            if name in branch.members:
                raise Unsure("it has a key twice")
            branch.key_spans[name] = (key.start_mark.index, key.end_mark.index)
            branch.members[name] = self._node(value, (*path, name), f"{context}{name}:", flow)
        return branch

    def _key(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise Unsure("it has a key that is not a text")
        self._check(node)
        name: str = node.value
        if node.tag == "plain" and resolve(name)[1] != "str":
            raise Unsure("it has a key that is not a text")
        return name

    def _leaf(self, node: Any, path: KeyPath, context: str, flow: bool) -> Leaf:
        self._check(node)
        value: Any = node.value
        kind = "str"
        if node.tag == "plain":
            value, kind = resolve(value)
        leaf = Leaf(path, context, value, kind, node.start_mark.index, node.end_mark.index, flow, node.style or "")
        self._leaves.append(leaf)
        return leaf

    def _check(self, node: Any) -> None:
        if id(node) in self._seen or self._text[node.start_mark.index : node.start_mark.index + 1] in ("&", "*"):
            raise Unsure("it has YAML anchors")
        self._seen.add(id(node))
        tag = node.tag
        if tag not in ("plain", "quoted", "collection") or self._text[node.start_mark.index] == "!":
            raise Unsure("it has YAML tags")


def _plain(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value if node.tag != "plain" or node.value not in ("", "~", "null") else None


def _written(encrypted: str | None, value: Any, *, quoted: bool) -> str:
    if encrypted is None:
        return plain_text(value, quoted=quoted)
    if not encrypted:
        return '""'
    return f'"{encrypted}"' if quoted else encrypted


def _comes_first(text: str, branch: Branch, document: Document) -> bool:
    return document.mac is not None and document.mac.start < branch.key_spans[next(iter(branch.key_spans))][0]


def _end_of(node: Node) -> int:
    if isinstance(node, Leaf):
        return node.end
    children = list(node.members.values()) if isinstance(node, Branch) else node.items
    if not children or (isinstance(node, Branch) and node.flow):
        raise Unsure("the new key would come after a collection in flow style")
    last = _end_of(children[-1])
    if isinstance(children[-1], Leaf) and children[-1].flow:
        raise Unsure("the new key would come after a collection in flow style")
    return last


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if text[end - 1 : end] == "\r" and end > at else end
