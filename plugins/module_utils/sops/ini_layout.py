# SPDX-License-Identifier: GPL-3.0-or-later
"""INI: sections of ``key = value`` lines."""

from __future__ import annotations

import re
from typing import Any

from ..failure import Failure
from .cipher import ENCRYPTED
from .document import Branch, Document, Items, Leaf, Metadata, child
from .layout import NewScalar, Splice
from .unsure import Unsure

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
_DEFAULT = "DEFAULT"
_SPACE = " \t\r"


class IniLayout:
    """An INI file. Keys before the first section are in the section ``DEFAULT``, as SOPS has it."""

    only_text = True

    def parse(self, text: str) -> list[Document]:
        if _CONTROL.search(text):
            raise Unsure("it has characters that Go and Python take for different things")
        document = Document(Branch((), "", 0, len(text), False), [])
        metadata = Metadata()
        section = Branch((_DEFAULT,), f"{_DEFAULT}:", 0, 0, False)
        document.root.members[_DEFAULT] = section
        at = 0
        for number, whole in enumerate(text.split("\n"), 1):
            line = whole.strip(_SPACE)
            if line and line[0] == "[":
                section = self._section(line, number, document)
                section.start, section.end = at, at + len(whole)
            elif line and line[0] not in "#;":
                self._line(whole, number, at, section, document, metadata)
            at += len(whole) + 1
        document.root.members.pop("sops", None)
        document.metadata = metadata.values or None
        return [document]

    def _section(self, line: str, number: int, document: Document) -> Branch:
        if not line.endswith("]") or len(line) < 3:
            raise Unsure("it is not an INI file", broken=f"is not a valid INI file in line {number}")
        name = line[1:-1]
        if name in document.root.members or name.upper() == _DEFAULT:
            raise Unsure("it has a section twice")
        section = Branch((name,), f"{name}:", 0, 0, False)
        document.root.members[name] = section
        return section

    def _line(self, whole: str, number: int, at: int, section: Branch, document: Document, metadata: Metadata) -> None:
        cut = re.search("[=:]", whole)
        key = whole[: cut.start()].strip(_SPACE) if cut else ""
        if cut is None or not key:
            raise Unsure("it is not an INI file", broken=f"is not a valid INI file in line {number}")
        if key[0] in '"`' or key == "-":
            raise Unsure("it has a key in quotes")
        begin, end = cut.end(), len(whole)
        written = whole[begin:end].strip(_SPACE)
        if written.startswith(('"""', "`")) or written.endswith("\\"):
            raise Unsure("it has a value of several lines")
        comment = re.search("[#;]", written)
        if comment:
            written = written[: comment.start()].rstrip(_SPACE)
        start = at + begin + (len(whole[begin:]) - len(whole[begin:].lstrip(_SPACE)) if written else 0)
        value = written
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" and value.count(value[0]) == 2:
            value = value[1:-1]
        leaf = Leaf((*section.path, key), f"{section.context}{key}:", value, "str", start, start + len(written))
        if section.path == ("sops",):
            metadata.add(key, value.replace("\\n", "\n"))
            if key == "mac":
                document.mac = leaf
            elif key == "lastmodified":
                document.lastmodified = leaf
            return
        if key in section.members:
            raise Unsure("it has a key twice")
        section.members[key] = leaf
        section.key_spans[key] = (at, at + begin)
        section.end = at + end
        document.leaves.append(leaf)

    def scalar(self, text: str, leaf: Leaf, encrypted: str | None, value: Any) -> Splice:
        written = _written(encrypted, value)
        if isinstance(leaf.value, str) and ENCRYPTED.fullmatch(leaf.value):
            at = text.find(leaf.value, leaf.start, leaf.end)
            return Splice(at, at + len(leaf.value), written)
        if leaf.start == leaf.end and text[leaf.start - 1 : leaf.start] in ("=", ":"):
            written = f" {written}"
            # An empty value may have spaces after its sign: keep one.
            spaces = len(text[leaf.start :]) - len(text[leaf.start :].lstrip(" "))
            return Splice(leaf.start, leaf.start + spaces, written)
        return Splice(leaf.start, leaf.end, written)

    def insertion(self, text: str, document: Document, branch: Branch, keys: list[str], new: NewScalar) -> Splice:
        newline = "\r\n" if "\r\n" in text else "\n"
        for name in keys:
            if not name or name.strip(_SPACE) != name or re.search(r"[\[\]=:#;\"`\n\r]|^-$", name):
                raise Failure(
                    f"An INI file can't have the key {name!r}.",
                    state="Nothing was changed.",
                    remedy="Choose a name of letters, digits, dots and underscores.",
                )
        line = f"{keys[-1]} = {_written(new.encrypted, new.value)}"
        if len(branch.path) + len(keys) != 2:
            raise Failure(
                "A key of an INI file is in a section.",
                state="Nothing was changed.",
                remedy="Name it as section.key.",
            )
        if len(keys) == 2:
            at = _line_of(text, "[sops]")
            return Splice(at, at, f"[{keys[0]}]{newline}{line}{newline}{newline}")
        if branch.path == (_DEFAULT,) and not branch.members:
            return Splice(0, 0, f"{line}{newline}")
        end = branch.end - 1 if text[branch.end - 1] == "\r" else branch.end
        return Splice(end, end, f"{newline}{line}")

    def removal(self, text: str, document: Document, holder: Branch | Items, key: str | int) -> Splice:
        leaf = child(holder, key)
        if not isinstance(holder, Branch) or not isinstance(leaf, Leaf):
            raise Unsure("the key holds more than one value")
        end = text.find("\n", leaf.end)
        return Splice(holder.key_spans[str(key)][0], len(text) if end < 0 else end + 1, "")


def _line_of(text: str, section: str) -> int:
    match = re.search(rf"^[ \t]*{re.escape(section)}", text, re.MULTILINE)
    if match is None:
        raise Unsure("its metadata is oddly written")
    return match.start()


def _written(encrypted: str | None, value: Any) -> str:
    if encrypted is not None:
        return encrypted
    if not isinstance(value, str) or value != value.strip() or re.search(r"[#;\n\r\"'`\\]", value):
        raise Failure(
            "An INI file can't hold this value in plain text.",
            state="Nothing was changed.",
            remedy="Have the rules in the file encrypt the key, or choose a value without quotes, comments and line ends.",
        )
    return value
