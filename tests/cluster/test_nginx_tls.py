"""nginx with TLS, and with the containers' configuration."""

from __future__ import annotations

import datetime
import http.client
import ssl
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ops.cluster import nginx_config
from ops.stores.ports_and_secrets import choose_port
from tests.cluster.programs import program
from tests.cluster.proxied import nginx, servers

pytestmark = pytest.mark.runtime


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A file with both the certificate of ``layar.test`` and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "layar.test")])
    at = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at)
        .not_valid_after(at + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("layar.test")]), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "layar.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def test_http_is_redirected_to_https(tmp_path: Path, certificate: Path) -> None:
    http_port = choose_port()
    with servers(1) as [web]:
        web.headers = {"Strict-Transport-Security": "max-age=1"}
        address = [f"127.0.0.1:{web.port}"]
        options = {
            "certificate": str(certificate),
            "certificate_key": str(certificate),
            "http_port": http_port,
        }
        with nginx(tmp_path, address, address, ready_port=http_port, **options) as port:
            answer, body = _https(port, certificate)
            plain = http.client.HTTPConnection("127.0.0.1", http_port)
            plain.request("GET", "/films/?q=a", headers={"Host": "layar.test"})
            sent_on = plain.getresponse()
            plain.close()

    assert (sent_on.status, sent_on.headers["Location"]) == (
        301,
        f"https://layar.test:{port}/films/?q=a",
    )
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    assert b'"X-Forwarded-Proto": "https"' in body


def test_configuration_for_containers_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, cache = tmp_path / "etc", tmp_path / "cache"
    cache.mkdir()
    folder.mkdir()
    words = ["--server-name", "layar.test", "--web", "127.0.0.1:8000", "--live", "127.0.0.1:8001"]
    words += ["--port", str(choose_port()), "--https-in-front", "--trusted-proxy", "10.0.0.0/8"]
    words += ["--cache", str(cache), "--access-log", "/dev/stdout", "--folder", str(folder)]

    assert nginx_config.main(words) == 0

    command = [str(program("nginx")), "-t", "-e", "stderr", "-c", str(folder / "nginx.conf")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr


@pytest.mark.parametrize("value", ["a;b", "a b", "a{", "$host", "a\nb"])
def test_value_with_nginx_syntax_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--server-name", value, "--web", "a:1", "--live", "a:2"]

    assert nginx_config.main(words) == 1
    assert "contains a character of nginx's syntax" in capsys.readouterr().err


def _https(port: int, certificate: Path) -> tuple[http.client.HTTPResponse, bytes]:
    context = ssl.create_default_context(cafile=str(certificate))
    connection = _NamedConnection("127.0.0.1", port, context=context, timeout=60)
    connection.request("GET", "/bookings/", headers={"Host": f"layar.test:{port}"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


class _NamedConnection(http.client.HTTPSConnection):
    """A connection to this machine under the site's name."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(self.sock, server_hostname="layar.test")
