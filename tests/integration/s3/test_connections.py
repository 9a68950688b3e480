# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a client and S3: the network, certificates, the clock, proxies, the operator's own AWS setup."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.auth
import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import Certificate, SeaweedFS, free_ports
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import Check, Finding
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.endpoint import Endpoint
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.report import failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verdict import Verdict
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verify import verify
from ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs import ADMIN, BUCKETS

SECRET = ADMIN["credentials"][0]["secretKey"]
CHECK = Check("admin", S3Credential("admin", SECRET), True, dict.fromkeys(BUCKETS, frozenset({"Admin"})))


def found(endpoint: Endpoint, environ: dict[str, str] | None = None, **more: Any) -> Finding:
    (finding,) = verify([more.pop("check", CHECK)], [endpoint], wait=more.pop("wait", 0), environ=environ or {}, **more)
    assert SECRET not in str(failure([finding]))
    return finding


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def certificate(folder: Path) -> Certificate:
    return Certificate(folder / "good", ("127.0.0.1",))


@pytest.fixture(scope="module")
def over_tls(folder: Path, certificate: Certificate) -> Iterator[SeaweedFS]:
    with SeaweedFS(folder / "s3", {"identities": [ADMIN]}, tls=certificate, buckets=BUCKETS) as server:
        yield server


def test_a_trusted_certificate_is_accepted(over_tls: SeaweedFS, certificate: Certificate) -> None:
    finding = found(Endpoint(over_tls.endpoint, ca_bundle=str(certificate.certificate)))
    assert finding.ok, finding.problems


def test_a_trusted_certificate_may_be_named_by_the_environment(over_tls: SeaweedFS, certificate: Certificate) -> None:
    assert found(Endpoint(over_tls.endpoint), {"REQUESTS_CA_BUNDLE": str(certificate.certificate)}).ok


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_without_verification_any_certificate_is_accepted(over_tls: SeaweedFS) -> None:
    assert found(Endpoint(over_tls.endpoint, verify=False)).ok


def test_a_self_signed_certificate_is_bad_tls(over_tls: SeaweedFS) -> None:
    finding = found(Endpoint(over_tls.endpoint), wait=60)
    assert (finding.verdict, finding.waited) == (Verdict.bad_tls, 0)
    assert "self-signed certificate" in finding.problems[0].what
    assert "ca_bundle" in finding.problems[0].remedy


def test_a_certificate_for_another_host_is_bad_tls(over_tls: SeaweedFS, certificate: Certificate) -> None:
    url = over_tls.endpoint.replace("127.0.0.1", "localhost")
    finding = found(Endpoint(url, ca_bundle=str(certificate.certificate)))
    assert finding.verdict is Verdict.bad_tls
    assert "the certificate is for another host" in finding.problems[0].what
    assert "that its certificate is made for" in finding.problems[0].remedy


def test_an_expired_certificate_is_bad_tls(folder: Path) -> None:
    expired = Certificate(folder / "expired", ("127.0.0.1",), days=-1)
    with SeaweedFS(folder / "s3-expired", {"identities": [ADMIN]}, tls=expired) as server:
        finding = found(Endpoint(server.endpoint, ca_bundle=str(expired.certificate)))
    assert finding.verdict is Verdict.bad_tls
    assert "certificate has expired" in finding.problems[0].what
    assert "Renew the certificate" in finding.problems[0].remedy


def test_plain_http_to_a_tls_port_is_bad_tls(over_tls: SeaweedFS) -> None:
    finding = found(Endpoint(over_tls.endpoint.replace("https", "http")))
    assert finding.verdict is Verdict.bad_tls
    assert "Write https:// instead of http://" in finding.problems[0].remedy


def test_tls_to_a_plain_port_is_bad_tls(seaweedfs: SeaweedFS) -> None:
    finding = found(Endpoint(seaweedfs.endpoint.replace("http", "https")))
    assert finding.verdict is Verdict.bad_tls
    assert "Write http:// instead of https://" in finding.problems[0].remedy


def test_a_ca_bundle_that_holds_no_certificate_is_bad_tls(over_tls: SeaweedFS, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    assert found(Endpoint(over_tls.endpoint, ca_bundle=str(tmp_path / "ca.pem"))).verdict is Verdict.bad_tls
    assert found(Endpoint(over_tls.endpoint, ca_bundle=str(tmp_path / "gone.pem"))).verdict is Verdict.bad_tls


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    finding = found(Endpoint(f"http://127.0.0.1:{free_ports(1)[0]}"))
    assert finding.verdict is Verdict.unreachable
    assert "connection refused" in finding.problems[0].what


def test_a_name_that_does_not_exist_is_unreachable() -> None:
    finding = found(Endpoint("http://s3.example.invalid"))
    assert finding.verdict is Verdict.unreachable


def test_a_server_that_never_answers_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finding = found(Endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2))
    assert finding.verdict is Verdict.unreachable
    assert "no answer within 0.2 s" in finding.problems[0].what


def test_a_server_that_comes_up_is_waited_for(tmp_path: Path) -> None:
    server = SeaweedFS(tmp_path, {"identities": [ADMIN]}, buckets=BUCKETS)
    lines: list[str] = []
    starting = threading.Thread(target=server.start)

    def say(line: str) -> None:
        if not lines:
            starting.start()
        lines.append(line)

    try:
        check = Check("admin", CHECK.credential)
        finding = found(Endpoint(server.endpoint, timeout=2), check=check, wait=60, progress=say)
        starting.join()
    finally:
        server.kill()
    assert finding.ok, finding.problems
    assert "nobody answers" in lines[0]


def test_a_wrong_clock_is_told_from_a_wrong_secret(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    now = vars(botocore.auth)["get_current_datetime"]
    wrong = datetime.timedelta(minutes=20)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *given: now(*given) + wrong)
    finding = found(Endpoint(seaweedfs.endpoint))
    assert finding.verdict is Verdict.wrong_clock
    assert "RequestTimeTooSkewed" in finding.problems[0].what
    assert "Set the clock" in finding.problems[0].remedy


def test_the_operators_own_aws_setup_has_no_influence(seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[default]\nregion = nowhere\ns3 =\n  addressing_style = virtual\n")
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = other\naws_secret_access_key = other\n")
    (home / ".aws" / "models" / "s3" / "2006-03-01").mkdir(parents=True)
    (home / ".aws" / "models" / "s3" / "2006-03-01" / "service-2.json").write_text("{}")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_PROFILE": "that-is-not-there",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_CA_BUNDLE": "/not/there",
        "AWS_DATA_PATH": "/not/there",
        "AWS_DEFAULT_REGION": "nowhere",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_MAX_ATTEMPTS": "no number",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_BEARER_TOKEN_S3": "other",
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_AUTH_SCHEME_PREFERENCE": "noauth",
    }.items():
        monkeypatch.setenv(name, value)
    assert found(Endpoint(seaweedfs.endpoint)).ok


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(seaweedfs: SeaweedFS) -> None:
    assert found(Endpoint(seaweedfs.endpoint), {"http_proxy": "http://127.0.0.1:1"}).ok


def test_a_proxy_that_does_not_answer_is_said_without_its_password() -> None:
    environ = {"http_proxy": f"http://me:its-password@127.0.0.1:{free_ports(1)[0]}"}
    finding = found(Endpoint("http://s3.example.invalid"), environ)
    assert finding.verdict is Verdict.unreachable
    assert "proxy" in finding.problems[0].what
    assert "its-password" not in str(failure([finding]))


Answering = Callable[[int, str], contextlib.AbstractContextManager[str]]


@pytest.fixture
def answering() -> Answering:
    """A server that answers everything alike, as something that isn't S3 or is broken would. Status 0 hangs up."""

    @contextlib.contextmanager
    def serve(status: int, body: str, **headers: str) -> Iterator[str]:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if status == 0:
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    return serve


def error(code: str) -> str:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>so it is</Message></Error>"


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (500, error("InternalError"), Verdict.unavailable),
        (503, error("SlowDown"), Verdict.unavailable),
        (502, "<html>Bad Gateway</html>", Verdict.unavailable),
        (400, "Bad Request", Verdict.other),
        (400, error("AuthorizationHeaderMalformed"), Verdict.other),
        (429, "", Verdict.unavailable),
        (403, "<html>Forbidden</html>", Verdict.other),
        (403, error("AccessDenied"), Verdict.missing_right),
        (404, "404 page not found", Verdict.other),
        (200, "<html><body>Sign in</body></html>", Verdict.other),
        (200, '{"a": "page of json"}', Verdict.unavailable),
        (200, "", Verdict.other),
        (301, "", Verdict.other),
        (307, "", Verdict.other),
        (301, error("PermanentRedirect"), Verdict.other),
        (418, error("Teapot"), Verdict.other),
        (0, "", Verdict.unreachable),
    ],
)
@pytest.mark.parametrize("accepted", [True, False])
def test_only_an_answer_of_s3_proves_anything(
    answering: Answering, status: int, body: str, verdict: Verdict, accepted: bool
) -> None:
    check = Check("admin", CHECK.credential, accepted)
    with answering(status, body) as url:
        finding = found(Endpoint(url), check=check)
    assert not finding.ok
    assert finding.verdict is verdict
