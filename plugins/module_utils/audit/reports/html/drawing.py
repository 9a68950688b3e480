# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate as a picture has it: the master, the identities, their copies and consumers, each with what is wrong there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from ...finding import Severity


@dataclasses.dataclass
class Box:
    """A part of the estate.

    Attributes:
        kind: What it is, in a few words.
        label: Its name.
        detail: What else there is to say about it; empty where nothing is.
        findings: The places in the results of the findings that are about it and are not suppressed, with them, the worst first.
    """

    kind: str
    label: str
    detail: str = ""
    findings: list[tuple[int, Mapping[str, Any]]] = dataclasses.field(default_factory=list)

    @property
    def worst(self) -> str:
        """The worst of its findings' severities; empty where there are none."""
        return min((one["severity"] for _place, one in self.findings), key=lambda one: Severity(one).rank, default="")


@dataclasses.dataclass
class Row:
    """An identity with what hangs on it."""

    identity: Box
    copies: list[Box]
    consumers: list[Box]


@dataclasses.dataclass
class Drawing:
    """Every finding that is not suppressed is at a box, at several where it is about several; ``elsewhere`` has the others."""

    master: Box
    rows: list[Row]
    elsewhere: Box


def drawn(results: Mapping[str, Any]) -> Drawing:
    """The picture of results that are as ``audit.schema`` says."""
    master = results["master"]
    rows = [_row(one) for one in results["identities"]]
    drawing = Drawing(_box_of("master", master), rows, Box("not in the drawing", "Elsewhere"))
    for place, finding in enumerate(results["findings"]):
        if not finding["suppressed"]:
            for box in list(_boxes(finding["where"], results, drawing)) or [drawing.elsewhere]:
                box.findings.append((place, finding))
    return drawing


def _row(identity: Mapping[str, Any]) -> Row:
    return Row(
        Box("identity", identity["name"], identity["state"]),
        [_box_of("copy", copy["access_key"]) for copy in identity["copies"]],
        [Box("consumer", f"{one['kind']} {one['name']}", f"in {one['namespace']}") for one in identity["consumers"]],
    )


def _box_of(kind: str, place: Mapping[str, str]) -> Box:
    return Box(f"{kind} in {place['repository']}", place["file"], place["key"])


def _boxes(where: Mapping[str, Any], results: Mapping[str, Any], drawing: Drawing) -> Iterator[Box]:
    """The boxes that a finding is about: the nearest to what it points at."""
    if near := [*_consumers(where, results, drawing), *_copies(where, results, drawing)]:
        yield from near
    elif mine := [row.identity for row in drawing.rows if row.identity.label == where["identity"]]:
        yield from mine
    elif _file(where) == _file(results["master"]):
        yield drawing.master


def _consumers(where: Mapping[str, Any], results: Mapping[str, Any], drawing: Drawing) -> Iterator[Box]:
    for identity, row in zip(results["identities"], drawing.rows, strict=True):
        for one, box in zip(identity["consumers"], row.consumers, strict=True):
            if where["resource"] == f"{one['kind']} {one['namespace']}/{one['name']}":
                yield box


def _copies(where: Mapping[str, Any], results: Mapping[str, Any], drawing: Drawing) -> Iterator[Box]:
    places = [
        (identity["name"], box, place)
        for identity, row in zip(results["identities"], drawing.rows, strict=True)
        for copy, box in zip(identity["copies"], row.copies, strict=True)
        for place in copy.values()
        if _file(place) == _file(where) and where["identity"] in ("", identity["name"])
    ]
    # a finding about a value that is no part of a copy is about the file
    of_key = [one for one in places if where["key"] and one[2]["key"] == where["key"]]
    yield from {id(box): box for _name, box, _place in of_key or places}.values()


def _file(where: Mapping[str, Any]) -> tuple[str, str]:
    return where["repository"], where["file"]
