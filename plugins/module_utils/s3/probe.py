# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks S3 what a credential may do, in ways that change nothing, and by one small object that goes again.

SeaweedFS checks the right before it looks for the object, so a request for an object that can't be there tells whether the
action is allowed: ``NoSuchKey`` or ``NoSuchUpload`` where it is, ``AccessDenied`` where it isn't, ``NoSuchBucket`` where it is
and there is no such bucket. All of it was tried on SeaweedFS 4.48 with one identity for each action.
"""

from __future__ import annotations

import dataclasses
import datetime
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any

from .answer import answer_to
from .client import Client
from .credential import S3Credential
from .endpoint import Endpoint
from .place import BucketPlace
from .tls import speaks_tls
from .verdict import SPEAKS_TLS, Answer, Verdict

PROBE_PREFIX = ".lotus-lake-probe-"
KILLED_BEFORE = datetime.timedelta(hours=1)
ACCEPTED = Answer(Verdict.accepted)
# What plain http gets from a server of TLS: 400 without a code of S3, or a reset
_FROM_TLS = ("400", "ConnectionClosedError")
# Aborting an upload that isn't there is the only request with the right to write that never writes: deleting a missing object
# would leave a delete marker in a bucket with versions
_WITHOUT_TRACE: Mapping[str, tuple[str, frozenset[str]]] = {
    "Read": ("get_object", frozenset({"NoSuchKey"})),
    "Write": ("abort_multipart_upload", frozenset({"NoSuchUpload"})),
    "Tagging": ("delete_object_tagging", frozenset({"NoSuchKey"})),
    "Admin": ("get_bucket_encryption", frozenset({"ServerSideEncryptionConfigurationNotFoundError"})),
}


@dataclasses.dataclass(frozen=True)
class RoundTrip:
    """One small object put, read, tagged and deleted.

    Attributes:
        answers: By action, for those that were used.
        left: The object's key where it could not be deleted.
    """

    answers: Mapping[str, Answer]
    left: str = ""


class Probe:
    """Probes one endpoint, with any credentials and from several threads.

    Args:
        endpoint: Where to ask.
        environ: The environment, for proxies.
        connections: How many threads will use it.
        signed: Whether requests are signed; else it finds what is allowed without a credential.
    """

    def __init__(self, endpoint: Endpoint, environ: Mapping[str, str], connections: int = 8, *, signed: bool = True) -> None:
        self.endpoint = endpoint
        self._client = Client(endpoint, environ, connections, signed=signed)

    def authenticate(self, credential: S3Credential) -> tuple[Answer, tuple[str, ...]]:
        """Whether the credential is accepted at all, and the names of the buckets that it is shown."""
        answer, response = self._ask(credential, "list_buckets")
        if answer.verdict is not Verdict.accepted:
            return answer, ()
        if "Buckets" not in response:
            return Answer(Verdict.other, "200", "its answer is not one of S3"), ()
        return answer, tuple(bucket["Name"] for bucket in response["Buckets"])

    def may(self, credential: S3Credential, action: str, place: BucketPlace) -> Answer:
        """Whether an action of ``check.ACTIONS`` is allowed at a place. Writes nothing."""
        if action == "List":
            return self.may_list(credential, place)[0]
        operation, proofs = _WITHOUT_TRACE[action]
        parameters = {"Bucket": place.bucket}
        if action != "Admin":
            parameters["Key"] = _key(place)
        if action == "Write":
            parameters["UploadId"] = secrets.token_hex(16)
        answer, _response = self._ask(credential, operation, **parameters)
        return ACCEPTED if answer.code in proofs else answer

    def may_list(self, credential: S3Credential, place: BucketPlace) -> tuple[Answer, tuple[str, ...]]:
        """Whether ``List`` is allowed, and which objects there are of probes that were killed an hour ago or earlier."""
        prefix = place.prefix + PROBE_PREFIX
        answer, response = self._ask(credential, "list_objects_v2", Bucket=place.bucket, Prefix=prefix, MaxKeys=100)
        before = datetime.datetime.now(datetime.UTC) - KILLED_BEFORE
        return answer, tuple(e["Key"] for e in response.get("Contents", ()) if e["LastModified"] < before)

    def round_trip(self, credential: S3Credential, actions: Collection[str], place: BucketPlace) -> RoundTrip:
        """Put a small object, use it as ``actions`` say (``Read``, ``Tagging``), and delete it, whatever happens.

        The bucket must be known to exist: with the right ``Admin``, SeaweedFS would make it.
        """
        key = _key(place)
        put, response = self._ask(credential, "put_object", Bucket=place.bucket, Key=key, Body=b"probe")
        answers = {"Write": put}
        if put.verdict in (Verdict.missing_right, Verdict.missing_bucket):
            return RoundTrip(answers)
        version = {"VersionId": response["VersionId"]} if response.get("VersionId") else {}
        try:
            if put.verdict is Verdict.accepted:
                if "Read" in actions:
                    answers["Read"] = self._ask(credential, "get_object", Bucket=place.bucket, Key=key)[0]
                if "Tagging" in actions:
                    tags = {"TagSet": [{"Key": "probe", "Value": "yes"}]}
                    answers["Tagging"] = self._ask(credential, "put_object_tagging", Bucket=place.bucket, Key=key, Tagging=tags)[
                        0
                    ]
        finally:
            deleted = self._delete(credential, Bucket=place.bucket, Key=key, **version)
        # A put that failed in an unknown way may have stored the object: then only a failed delete leaves doubt
        if deleted.verdict is Verdict.accepted:
            return RoundTrip(answers)
        if put.verdict is Verdict.accepted:
            answers["Write"] = deleted
        return RoundTrip(answers, left=f"{place.bucket}/{key}")

    def clear(self, credential: S3Credential, place: BucketPlace, keys: Collection[str]) -> None:
        """Delete what killed probes left, as ``may_list`` names it. What can't be deleted stays."""
        for key in keys:
            self._ask(credential, "delete_object", Bucket=place.bucket, Key=key)

    def _delete(self, credential: S3Credential, **where: str) -> Answer:
        answer = ACCEPTED
        for pause in (0.1, 0.4, 0):
            answer, _response = self._ask(credential, "delete_object", **where)
            if answer.verdict not in (Verdict.unavailable, Verdict.unreachable):
                break
            time.sleep(pause)
        return answer

    def _ask(self, credential: S3Credential, operation: str, **parameters: Any) -> tuple[Answer, dict[str, Any]]:
        try:
            response = self._client.call(credential, operation, **parameters)
            if operation == "get_object":
                response["Body"].read()
            return ACCEPTED, response
        except Exception as error:
            answer = answer_to(error, self.endpoint)
        if answer.code in _FROM_TLS and self._client.is_plain and speaks_tls(self.endpoint.url):
            return Answer(Verdict.bad_tls, answer.code, SPEAKS_TLS), {}
        return answer, {}


def _key(place: BucketPlace) -> str:
    return f"{place.prefix}{PROBE_PREFIX}{secrets.token_hex(8)}"
