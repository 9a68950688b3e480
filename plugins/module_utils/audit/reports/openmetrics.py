# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenMetrics, for the textfile collector of node_exporter."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...rotation.states import State
from ..schema import UNKNOWN
from .text import printable

try:
    import prometheus_client
    from prometheus_client.openmetrics import exposition
except ImportError:  # operations check for it
    pass

_STATES = (*(state.value for state in State), UNKNOWN)


def report(results: Mapping[str, Any], name: str) -> str:
    """Gauges only: node_exporter knows no type of OpenMetrics that the older format of Prometheus doesn't have."""
    registry = prometheus_client.CollectorRegistry()
    estate = printable(name)

    def gauge(metric: str, help: str, *labels: str) -> prometheus_client.Gauge:
        return prometheus_client.Gauge(f"lotus_lake_secrets_{metric}", help, ("estate", *labels), registry=registry)

    when = datetime.datetime.fromisoformat(results["time"])
    gauge("audit_timestamp_seconds", "When the audit began.").labels(estate).set(when.timestamp())

    found = gauge("audit_findings", "What the audit found.", "rule", "severity", "suppressed")
    count = Counter((one["rule"], bool(one["suppressed"])) for one in results["findings"])
    not_checked = gauge("audit_not_checked", "How often the rule could not be evaluated.", "rule")
    unchecked = Counter(one["rule"] for one in results["not_checked"])
    for rule in results["rules"]:
        for suppressed in (False, True):
            labels = (estate, rule["id"], rule["severity"], str(suppressed).lower())
            found.labels(*labels).set(count[rule["id"], suppressed])
        not_checked.labels(estate, rule["id"]).set(unchecked[rule["id"]])

    age = gauge("credential_age_seconds", "The age of the identity's credential, where it is known.", "identity")
    state = gauge("credential_state", "1 for the state that the identity is in, 0 for the others.", "identity", "state")
    for identity in results["identities"]:
        who = printable(identity["name"])
        if identity["age_seconds"] is not None:
            age.labels(estate, who).set(identity["age_seconds"])
        for one in _STATES:
            state.labels(estate, who, one).set(one == identity["state"])
    return str(exposition.generate_latest(registry), "utf-8")  # type: ignore[no-untyped-call]
