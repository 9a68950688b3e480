# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificate authority, and what it signs: for servers, and for users, whom Kubernetes knows by their certificates."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import ipaddress
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 30
_SIGNS = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A certificate and its key, in two files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority of one lab.

    Args:
        folder: Where its files go, and those of what it signs; made here.

    Attributes:
        certificate: The file with its certificate.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("lab")
        self.certificate = folder / "ca.crt"
        builder = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            # OpenSSL's strict check, which Python 3.13 asks for, wants it said
            .add_extension(_SIGNS, critical=True)
        )
        self.certificate.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def server(self, name: str, *alternative: str) -> Pair:
        """A server's certificate for DNS names and addresses."""
        names = x509.SubjectAlternativeName([_alternative(one) for one in alternative])
        return self._sign(name, _name(name), ExtendedKeyUsageOID.SERVER_AUTH, names)

    def user(self, name: str, *groups: str) -> Pair:
        """A user's certificate; the files are named after the last part of the name."""
        return self._sign(f"user-{name.rpartition(':')[2]}", _name(name, *groups), ExtendedKeyUsageOID.CLIENT_AUTH)

    def kubeconfig(self, user: str, *groups: str, server: str, file: Path | None = None) -> Path:
        """A kubeconfig for a user, with certificate and key in it.

        Args:
            server: The URL of the API.
            file: Where it goes; beside the certificates if None.
        """
        pair = self.user(user, *groups)
        cluster = {"server": server, "certificate-authority-data": _encoded(self.certificate)}
        who = {"client-certificate-data": _encoded(pair.certificate), "client-key-data": _encoded(pair.key)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "lab", "cluster": cluster}],
            "users": [{"name": user, "user": who}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
            "current-context": "lab",
        }
        place = file or pair.key.with_suffix(".kubeconfig")
        _write_secret(place, (json.dumps(config, indent=2) + "\n").encode())
        return place

    def service_account_keys(self) -> Pair:
        """The keys that tokens of service accounts are signed with; the public one in the place of a certificate."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pair = Pair(self._folder / "service-accounts.pub", self._folder / "service-accounts.key")
        public = serialization.PublicFormat.SubjectPublicKeyInfo
        pair.certificate.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public))
        _write_secret(pair.key, _private(key))
        return pair

    def _sign(
        self, file: str, name: x509.Name, usage: x509.ObjectIdentifier, alternative: x509.SubjectAlternativeName | None = None
    ) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, key.public_key()).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if alternative is not None:
            builder = builder.add_extension(alternative, critical=False)
        pair = Pair(self._folder / f"{file}.crt", self._folder / f"{file}.key")
        pair.certificate.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        _write_secret(pair.key, _private(key))
        return pair

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        authority = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=DAYS))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
        )


def _name(common: str, *organizations: str) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in organizations]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _write_secret(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
