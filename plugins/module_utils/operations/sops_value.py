# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of any SOPS file: set, generated, copied, removed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..estate.model import Place
from ..failure import Failure
from ..holdings import places
from ..rotation.access_key import SHORTEST_SECRET, Issuer
from ..sops.age_keys import AgeKeys
from ..sops.fingerprint import Fingerprints
from ..sops.key_path import parse_key_path, show
from ..sops.replace import replace_file
from ..sops.sops_file import Remove, Set, SopsFile
from .operation import Context, Operation

_PLACE: dict[str, Any] = {
    "key": {"type": "raw", "required": True, "no_log": False},
    "document": {"type": "int"},
    "json": {"type": "raw"},
    "encoding": {"type": "str", "choices": ["none", "base64"]},
}

_VALUE: dict[str, Any] = {
    **_PLACE,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "create": {"type": "bool", "default": False},
    "text": {"type": "str"},
    "text_file": {"type": "path"},
    "copy_from": {"type": "dict", "options": {"path": {"type": "path", "required": True}, **_PLACE}},
    "generate": {
        "type": "dict",
        "options": {
            "length": {"type": "int", "default": 40},
            "when": {"type": "str", "choices": ["missing", "always"], "default": "missing"},
        },
    },
}

ARGUMENT_SPEC: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "values": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": _VALUE,
        "mutually_exclusive": [["text", "text_file", "copy_from", "generate"]],
        "required_if": [["state", "present", ["text", "text_file", "copy_from", "generate"], True]],
    },
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Make all changes in one edit of the file, or none."""
    keys = AgeKeys.find(context.environ, context.progress)
    path = Path(params["path"])
    edit = _Edit(SopsFile.load(path, keys, context.environ), keys)
    for wanted in params["values"]:
        edit.add(wanted)
    now = datetime.datetime.now(datetime.UTC)
    edited = edit.file.edit(edit.changes, now=now)
    # A removed item of a list moves those after it: what was set is looked at where it was asked for.
    unmoved = [change for change in edit.changes if isinstance(change, Set) or not str(change.path[-1]).isdecimal()]
    to_show = edited if unmoved == edit.changes else edit.file.edit(unmoved, now=now)
    changed = edited.text != edit.file.text
    if changed and not context.check:
        replace_file(path, edited, keys)
    fingerprints = Fingerprints(edit.file.data_key_fingerprint_key)
    shown = [
        _gone(one, edit.file, fingerprints)
        if one["state"] == "absent"
        else _shown(one, _value(edit.file, one), _value(to_show, one), fingerprints)
        for one in params["values"]
    ]
    result: dict[str, Any] = {"changed": changed, "file": str(path), "outcomes": [one["result"] for one in shown]}
    if context.diff:
        result["diff"] = {
            "before": "".join(one["before"] for one in shown),
            "after": "".join(one["after"] for one in shown),
            "before_header": str(path),
            "after_header": str(path),
        }
    return result


class _Edit:
    """Collects the changes of one file. Two values inside one JSON text are put into the same text."""

    def __init__(self, file: SopsFile, keys: AgeKeys) -> None:
        self.file = file
        self._keys = keys
        self._texts: dict[tuple[int | None, tuple[str | int, ...]], Set | Remove] = {}
        self._issuer = Issuer(
            datetime.datetime.now(datetime.UTC), (), (str(entry.value) for entry in file.entries() if entry.encrypted)
        )

    @property
    def changes(self) -> list[Set | Remove]:
        return list(self._texts.values())

    def add(self, wanted: Mapping[str, Any]) -> None:
        """Add the change that one entry of ``values`` asks for."""
        place = _place(wanted, self.file.name)
        if not place.key:
            raise self._refused(place, "no key is named", "Name the key.")
        if wanted["state"] == "absent":
            if place.json is not None:
                raise self._refused(place, "a part of a JSON text can't be removed", "Remove the whole key, or set the text.")
            self._texts[place.document, place.key] = Remove(place.key, place.document)
            return
        if self.file.is_plain_by_rules(place.key):
            raise self._refused(
                place,
                "the rules in the file leave that key in plain text",
                "Choose a key that they encrypt, or change the rules.",
            )
        there = self.file.find(place.key, place.document) is not None
        if not there and (not wanted["create"] or place.json is not None):
            raise self._refused(place, "the key is not there", "Correct the key, or say create: true.")
        value = self._new_value(wanted, place)
        if value is not None:
            text = places.wrap(self.file, place, self._text(place) if there else "", value)
            self._texts[place.document, place.key] = Set(place.key, text, place.document, create=wanted["create"])

    def _new_value(self, wanted: Mapping[str, Any], place: Place) -> str | None:
        """None where the value shall stay as it is."""
        if wanted["text"] is not None:
            return str(wanted["text"])
        if wanted["text_file"] is not None:
            return _content(Path(wanted["text_file"]))
        if wanted["copy_from"] is not None:
            return self._copied(wanted["copy_from"])
        length, when = wanted["generate"]["length"], wanted["generate"]["when"]
        if when == "missing" and _value(self.file, wanted):
            return None
        if length < SHORTEST_SECRET:
            raise self._refused(place, f"a secret of {length} characters is too short", f"Take at least {SHORTEST_SECRET}.")
        return self._issuer.secret_key(length)

    def _copied(self, source: Mapping[str, Any]) -> str:
        file = SopsFile.load(Path(source["path"]), self._keys)
        place = _place(source, file.name)
        try:
            return places.unwrap(file, place, places.raw(file, place))
        except places.NoValue as error:
            raise Failure(
                f"{file.name}: {show(place.key)} can't be copied: {error}.",
                state="Nothing was changed.",
                remedy="Correct copy_from.",
            ) from None

    def _text(self, place: Place) -> str:
        pending = self._texts.get((place.document, place.key))
        return str(pending.value) if isinstance(pending, Set) else places.raw(self.file, place)

    def _refused(self, place: Place, why: str, remedy: str) -> Failure:
        return Failure(f"{self.file.name}: {show(place.key)}: {why}.", state="Nothing was changed.", remedy=remedy)


def _place(said: Mapping[str, Any], name: str) -> Place:
    json = parse_key_path(said["json"]) if said["json"] is not None else None
    return Place("", name, parse_key_path(said["key"]), said["document"], json, said["encoding"])


def _content(path: Path) -> str:
    """A file's text without the line break at its end."""
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Failure(f"{path} can't be read: {why}.", state="Nothing was changed.", remedy="Correct text_file.") from None


def _value(file: SopsFile, wanted: Mapping[str, Any]) -> str | None:
    place = _place(wanted, file.name)
    try:
        return places.unwrap(file, place, places.raw(file, place))
    except places.NoValue:
        return None


def _shown(wanted: Mapping[str, Any], before: str | None, after: str | None, fingerprints: Fingerprints) -> dict[str, Any]:
    key = show(parse_key_path(wanted["key"])) + (f" {show(parse_key_path(wanted['json']))}" if wanted["json"] is not None else "")
    marks = [None if value is None else fingerprints.of(value) for value in (before, after)]
    return {
        "result": {"key": key, "changed": before != after, "fingerprint": marks[1]},
        "before": f"{key}: {marks[0]}\n" if marks[0] else "",
        "after": f"{key}: {marks[1]}\n" if marks[1] else "",
    }


def _gone(wanted: Mapping[str, Any], file: SopsFile, fingerprints: Fingerprints) -> dict[str, Any]:
    """As ``_shown``, for what is removed with all that it holds."""
    place = _place(wanted, file.name)
    parts = [str(part) for part in place.key]
    lines = [
        f"{show(entry.path)}: {fingerprints.of('' if entry.value is None else str(entry.value))}\n"
        for entry in file.entries()
        if place.document in (None, entry.document) and [str(part) for part in entry.path[: len(parts)]] == parts
    ]
    changed = file.has(place.key, place.document)
    return {"result": {"key": show(place.key), "changed": changed, "fingerprint": None}, "before": "".join(lines), "after": ""}


OPERATION = Operation("sops_value", ARGUMENT_SPEC, run, requires=("cryptography", "pyrage", "yaml"))
