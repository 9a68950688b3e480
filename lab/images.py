# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of static programs, assembled here: there is no registry."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

PAUSE = "lab.local/pause:1"
CLIENT = "lab.local/client:1"
SEAWEEDFS = "lab.local/seaweedfs:1"

TOOLS = ("sh", "kill", "sha256sum")
"""The programs of busybox that images with tools have, as SeaweedFS's own image has them."""

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclasses.dataclass(frozen=True)
class Image:
    """An image to make.

    Attributes:
        name: Its name.
        program: What it starts; it lies in ``/`` there.
        tools: A static busybox for further programs, or None.
    """

    name: str
    program: Path
    tools: Path | None = None


def pack(image: Image, file: Path) -> None:
    """Write an image as an archive in the layout of the OCI, for ``ctr images import``."""
    layer = _layer(image)
    config = _json(
        {
            "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
            "os": "linux",
            "config": {"Entrypoint": [f"/{image.program.name}"], "Env": ["PATH=/"], "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _described(config, _CONFIG),
            "layers": [_described(layer, _LAYER)],
        }
    )
    named = {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": image.name.rpartition(":")[2]}
    index = _json({"schemaVersion": 2, "manifests": [{**_described(manifest, _MANIFEST), "annotations": named}]})
    with tarfile.open(file, "w") as archive:
        _add(archive, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(archive, "index.json", index)
        for blob in (layer, config, manifest):
            _add(archive, f"blobs/{_digest(blob).replace(':', '/')}", blob)


def _layer(image: Image) -> bytes:
    """A layer with the programs. Not compressed, which here would only take time."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for folder in ("etc", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
            archive.addfile(entry)
        _add(archive, image.program.name, image.program.read_bytes(), mode=0o755)
        if image.tools:
            _add(archive, "busybox", image.tools.read_bytes(), mode=0o755)
        for name in TOOLS if image.tools else ():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/busybox"
            archive.addfile(link)
    return plain.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, *, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _described(blob: bytes, kind: str) -> dict[str, Any]:
    return {"mediaType": kind, "digest": _digest(blob), "size": len(blob)}


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
