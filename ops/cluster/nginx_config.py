"""Renders nginx's configuration from the templates in deploy/nginx.

The same templates serve bin/cluster, the containers and real servers. A placeholder is
``${LAYAR_NAME}``; nginx's own variables (``$name``) are left alone.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "deploy" / "nginx"
PLACEHOLDER = re.compile(r"\$\{(LAYAR_[A-Z_]+)\}")
UNSAFE = re.compile(r"[\s;{}'\"$\\]")
UNSAFE_IN_QUOTES = re.compile(r"[\x00-\x1f\"$\\]")
HTTPS_PORT = 443
DEFAULT_PORTS = {"http": 80, "https": HTTPS_PORT}
FAILS_MAX = 2
FAIL_SECONDS = 5
FILES_MAX = 65_536
HSTS_SECONDS = 365 * 24 * 60 * 60

# Responses that are the same for every visitor. Nothing else is cached or loses its cookies.
CATALOGUE_PATHS = (
    r"^(?:/(?:en/)?(?:(?:films|cinemas)/(?:[-\w]+/(?:share\.png|showtimes\.ics)?)?|schedule/)?"
    r"|/(?:robots\.txt|sitemap\.xml)"
    r"|/api/v1/(?:suggestions|programme|(?:cinemas|movies)(?:/[-\w]+)?)/?"
    r"|/api/v1/showtimes(?:/\d+(?:/layout)?)?/?)$"
)
SEATS_PATHS = r"^(?:/(?:en/)?showtimes/\d+/seats\.json|/api/v1/showtimes/\d+/seats/?)$"


class UnsafeValue(ValueError):
    """A value that contains a character of nginx's syntax."""


@dataclass(frozen=True)
class Site:
    """Configuration of one installation. Servers are ``host:port`` or ``unix:/path``."""

    server_names: tuple[str, ...]
    port: int
    web: tuple[str, ...]
    live: tuple[str, ...]
    static: str
    media: str
    cache: str
    errors: str = str(TEMPLATES / "errors")
    access_log: str = "/var/log/nginx/layar.log"
    certificate: str = ""
    certificate_key: str = ""
    http_port: int = 80
    acme: str = "/var/www/acme"
    public_port: int = (
        0  # the port in visitors' URLs if it differs from ``port``, e.g. outside a container
    )
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For is trusted
    is_https_in_front: bool = False
    requests_per_second: int = 100
    requests_burst: int = 400
    connections: int = 400
    sockets: int = 1_000
    has_ipv6: bool = True

    @property
    def scheme(self) -> str:
        return "https" if self.certificate or self.is_https_in_front else "http"

    @property
    def host(self) -> str:
        """The Host header for Django: the requested name, and the port unless it is the default."""
        port = self.public_port or self.port
        return "$host" if port == DEFAULT_PORTS[self.scheme] else f"$host:{port}"


def render(site: Site) -> str:
    """Returns the site file for nginx's http context."""
    values = _values(site)
    tls = {
        "LAYAR_TLS": _fill("tls.conf", values).strip() if site.certificate else "",
        "LAYAR_REDIRECT": _fill("redirect.conf", values) if site.certificate else "",
    }
    return _fill("layar.conf", values | tls)


def render_main(
    *,
    run: Path,
    site: Path,
    mime_types: Path,
    error_log: str,
    user: str = "",
    files: int = FILES_MAX,
) -> str:
    """Returns the main file for an nginx that serves only Layar."""
    return _fill(
        "nginx.conf",
        {
            "LAYAR_USER": f"user {_safe(user)};" if user else "",
            "LAYAR_RUN": _path(str(run)),
            "LAYAR_SITE": _path(str(site)),
            "LAYAR_MIME_TYPES": _path(str(mime_types)),
            "LAYAR_ERROR_LOG": _path(error_log),
            "LAYAR_FILES": str(files),
        },
    )


def _values(site: Site) -> dict[str, str]:
    with_tls = bool(site.certificate)
    names = {
        "LAYAR_SERVER_NAMES": " ".join(map(_safe, site.server_names)),
        "LAYAR_HOST": site.host,
        "LAYAR_SCHEME": "https" if site.is_https_in_front else "$scheme",
        "LAYAR_LISTEN": _listen(site, site.port, " ssl http2" if with_tls else ""),
        "LAYAR_LISTEN_OTHERS": _listen_others(site),
        "LAYAR_LISTEN_HTTP": _listen(site, site.http_port),
        "LAYAR_CERTIFICATE": _path(site.certificate),
        "LAYAR_CERTIFICATE_KEY": _path(site.certificate_key),
        "LAYAR_ACME": _path(site.acme),
        "LAYAR_HSTS": _hsts() if with_tls else "",
        "LAYAR_REAL_IP": _real_ip(site.trusted_proxies),
        "LAYAR_WEB": _servers(site.web),
        "LAYAR_LIVE": _servers(site.live),
        "LAYAR_CATALOGUE_PATHS": CATALOGUE_PATHS,
        "LAYAR_SEATS_PATHS": SEATS_PATHS,
    }
    limits = {
        "LAYAR_REQUESTS_PER_SECOND": str(site.requests_per_second),
        "LAYAR_REQUESTS_BURST": str(site.requests_burst),
        "LAYAR_CONNECTIONS": str(site.connections),
        "LAYAR_SOCKETS": str(site.sockets),
    }
    paths = {
        "LAYAR_STATIC": _path(site.static),
        "LAYAR_MEDIA": _path(site.media),
        "LAYAR_CACHE": _path(site.cache),
        "LAYAR_ERRORS": _path(site.errors),
        "LAYAR_ACCESS_LOG": _path(site.access_log),
    }
    return names | limits | paths


def _fill(name: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], (TEMPLATES / name).read_text())


def _safe(value: str) -> str:
    if UNSAFE.search(value):
        raise UnsafeValue(f"{value!r} contains a character of nginx's syntax")
    return value


def _path(value: str) -> str:
    """A value that the templates put between double quotes; it may contain spaces."""
    if UNSAFE_IN_QUOTES.search(value):
        raise UnsafeValue(f"{value!r} contains a character of nginx's syntax")
    return value


def _address(server: str) -> str:
    return _path(server) if server.startswith("unix:") else _safe(server)


def _listen(site: Site, port: int, options: str = "") -> str:
    addresses = [str(port), *([f"[::]:{port}"] if site.has_ipv6 else [])]
    return "\n    ".join(f"listen {address}{options};" for address in addresses)


def _listen_others(site: Site) -> str:
    if not site.certificate:
        return _listen(site, site.port, " default_server")
    return "\n    ".join(
        [
            _listen(site, site.http_port, " default_server"),
            _listen(site, site.port, " ssl http2 default_server"),
            "ssl_reject_handshake on;",
        ]
    )


def _hsts() -> str:
    return f'add_header Strict-Transport-Security "max-age={HSTS_SECONDS}" always;'


def _real_ip(networks: tuple[str, ...]) -> str:
    if not networks:
        return ""
    lines = [f"set_real_ip_from {_safe(network)};" for network in networks]
    return "\n".join([*lines, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;"])


def _servers(addresses: tuple[str, ...]) -> str:
    return "\n".join(
        f'    server "{_address(address)}" max_fails={FAILS_MAX} fail_timeout={FAIL_SECONDS}s;'
        for address in addresses
    )


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        if arguments.folder:
            _write_folder(arguments)
        else:
            sys.stdout.write(render(_site(arguments)))
    except UnsafeValue as error:
        print(error, file=sys.stderr)  # noqa: T201  (a command)
        return 1
    return 0


def _site(arguments: argparse.Namespace, errors: str = str(TEMPLATES / "errors")) -> Site:
    return Site(
        server_names=tuple(arguments.server_name),
        port=arguments.port,
        web=tuple(arguments.web),
        live=tuple(arguments.live),
        static=arguments.static,
        media=arguments.media,
        cache=arguments.cache,
        errors=errors,
        access_log=arguments.access_log,
        certificate=arguments.certificate,
        certificate_key=arguments.certificate_key,
        http_port=arguments.http_port,
        public_port=arguments.public_port,
        trusted_proxies=tuple(arguments.trusted_proxy),
        is_https_in_front=arguments.https_in_front,
        requests_per_second=arguments.requests_per_second,
        requests_burst=4 * arguments.requests_per_second,
        has_ipv6=not arguments.no_ipv6,
    )


def _write_folder(arguments: argparse.Namespace) -> None:
    """Writes everything that a container of nginx's official image needs into one folder."""
    folder: Path = arguments.folder
    shutil.copytree(TEMPLATES / "errors", folder / "errors", dirs_exist_ok=True)
    (folder / "layar.conf").write_text(render(_site(arguments, str(folder / "errors"))))
    (folder / "nginx.conf").write_text(
        render_main(
            run=Path("/tmp"),  # noqa: S108  (inside a container, its only writable folder)
            site=folder / "layar.conf",
            mime_types=Path("/etc/nginx/mime.types"),
            error_log="stderr",
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/nginx-conf", description="Prints nginx's site file.")
    add = parser.add_argument
    add("--server-name", action="append", required=True, help="of the site; again for another")
    add("--web", action="append", required=True, metavar="HOST:PORT", help="again for each server")
    add("--live", action="append", required=True, metavar="HOST:PORT", help="again for each server")
    add("--port", type=int, default=HTTPS_PORT, help="to listen on (443)")
    add("--http-port", type=int, default=80, help="whose visitors are sent to HTTPS (80)")
    add("--public-port", type=int, default=0, help="that visitors use, where it is another")
    add("--certificate", default="", help="file of the chain; without it there is no TLS here")
    add("--certificate-key", default="", help="file of its key")
    add("--trusted-proxy", action="append", default=[], metavar="NETWORK", help="in front of nginx")
    add("--https-in-front", action="store_true", help="such a proxy speaks HTTPS with visitors")
    add("--static", default="/var/lib/layar/static", help="folder of collectstatic")
    add("--media", default="/var/lib/layar/media", help="folder of uploads")
    add("--cache", default="/var/cache/nginx", help="an existing folder of nginx's")
    add("--access-log", default="/var/log/nginx/layar.log")
    add("--requests-per-second", type=int, default=100, help="of one client; bursts of four times")
    add("--no-ipv6", action="store_true", help="on a machine without it")
    add("--folder", type=Path, help="write nginx.conf, layar.conf and errors there instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
