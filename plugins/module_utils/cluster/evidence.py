# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pod may still have what a Secret held before. Pure functions, on the clock of the API server."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]

NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)
_ENDED = ("Succeeded", "Failed")


def changed_at(secret: Document) -> datetime.datetime:
    """When a Secret got the values that it has: the last time that somebody wrote fields of its data, to the second."""
    metadata = secret["metadata"]
    written = [_moment(metadata.get("creationTimestamp"))]
    for entry in metadata.get("managedFields") or ():
        if {"f:data", "f:stringData"} & set(entry.get("fieldsV1") or {}):
            written.append(_moment(entry.get("time")))
    return max(written)


def started_at(pod: Document) -> datetime.datetime:
    """When a pod was made. A container that was started again proves nothing: its mounted files may be those of before for a
    minute, and another container of the pod, or an init container, may have handed the key on."""
    return _moment(pod["metadata"].get("creationTimestamp"))


def has_ended(pod: Document) -> bool:
    return (pod.get("status") or {}).get("phase") in _ENDED


def may_hold(pod: Document, changed: datetime.datetime, annotation: str, value: str) -> bool:
    """Whether a pod may have taken what the Secret held before ``changed``.

    Args:
        annotation, value: What its template says where it was restarted for the present values: within one second that counts.
    """
    started = started_at(pod)
    if has_ended(pod) or started > changed:
        return False
    return started < changed or (pod["metadata"].get("annotations") or {}).get(annotation) != value


def _moment(text: Any) -> datetime.datetime:
    if isinstance(text, datetime.datetime):
        return text
    return datetime.datetime.fromisoformat(text) if text else NEVER
