# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of the machine: root, containerd and what goes with it, and Go until its programs are built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import cgroups, debian
from .building import Say, has_go, is_built

CNI = Path("/usr/lib/cni")
PACKAGES = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    str(CNI / "ptp"): "containernetworking-plugins",
    str(CNI / "host-local"): "containernetworking-plugins",
    str(CNI / "loopback"): "containernetworking-plugins",
    "nft": "nftables",
    "busybox": "busybox-static",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "git": "git",
}
"""The Debian package of each program."""
_TRIED = """\
ip link add probe-a type veth peer name probe-b
nft add table ip probe
mount -t tmpfs probe /run
mkdir /run/upper /run/work
mount -t overlay -o lowerdir=/var,upperdir=/run/upper,workdir=/run/work probe /var
"""
"""What the lab does at its start, tried in namespaces that end with it."""


def missing() -> str:
    """One line that says why there can be no lab on this machine; empty where there can."""
    if sys.platform != "linux":
        return "The lab needs Linux."
    if os.getuid():
        return "The lab needs root: it starts a kubelet and containers."
    packages = missing_packages()
    if packages:
        return f"The lab needs Debian's {' '.join(packages)}: `make lab` as root installs them."
    if not cgroups.may_be_made():
        return "The lab needs control groups of its own, which root may not make here: this is a container."
    unshare = [program("unshare"), "--net", "--mount", "--pid", "--fork", "sh", "-ec", _TRIED]
    if subprocess.run(unshare, env={"PATH": _path()}, capture_output=True, check=False).returncode:
        return "The lab needs namespaces, mounts and interfaces of its own, which root may not make here: this is a container."
    if not is_built() and not has_go():
        return "The lab needs Go 1.26 or newer, to build Kubernetes and Flux."
    return ""


def missing_packages() -> list[str]:
    """The Debian packages whose programs aren't there."""
    return sorted({package for program, package in PACKAGES.items() if not shutil.which(program, path=_path())})


def install(say: Say) -> None:
    """Install the missing packages with apt-get, after saying which.

    Raises:
        RuntimeError: There is no apt-get, or it failed.
    """
    if packages := missing_packages():
        debian.install(packages, say)


def program(name: str) -> str:
    """The path of one of ``PACKAGES``' programs; ``missing`` has said that it is there."""
    return shutil.which(name, path=_path()) or name


def _path() -> str:
    # where /usr/sbin isn't on the PATH, ip and nft are still there
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
