"""Private APIs of libraries: each is used in one file, written for one version of its library.

An upgrade fails a test here until the code was read again and the version below was changed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = [
    "accounts",
    "backups",
    "bookings",
    "cinema_project",
    "core",
    "demo",
    "movies",
    "notifications",
    "ops",
    "reports",
    "sandbox_bank",
    "seating",
]
# Documented although they begin with an underscore: Django's model attributes and named tuples,
# django-csp's response attributes, sys and os.
DOCUMENTED = {
    "_asdict",
    "_base_manager",
    "_csp_replace",
    "_csp_update",
    "_default_manager",
    "_exit",
    "_getframe",
    "_meta",
    "_replace",
    "_state",
}


@dataclass(frozen=True)
class PrivateApi:
    file: str
    library: str
    version: str
    names: frozenset[str]


PRIVATE_APIS = [
    PrivateApi(file, library, expected, frozenset(names.split()))
    for file, library, expected, names in (
        (
            "accounts/auth/allauth_flows.py",
            "django-allauth",
            "65.21",
            "allauth.account.internal.flows"
            " allauth.account.internal.flows.email_verification"
            " allauth.account.internal.flows.email_verification_by_code"
            " allauth.account.internal.flows.login"
            " allauth.account.internal.flows.password_reset_by_code"
            " allauth.account.internal.flows.signup"
            " allauth.account.internal.stagekit"
            " allauth.core.internal"
            " allauth.core.internal.cryptokit"
            " allauth.core.internal.sessionkit"
            " allauth.mfa.recovery_codes.internal.flows"
            " allauth.mfa.totp.internal"
            " allauth.mfa.totp.internal.flows"
            " allauth.mfa.webauthn.internal",
        ),
        (
            "cinema_project/api/openapi.py",
            "drf-spectacular",
            "0.30",
            "_map_serializer_field _map_basic_serializer _get_response_bodies"
            " _get_request_for_media_type",
        ),
        ("cinema_project/fast_path.py", "django", "5.2", "_has_been_logged"),
        ("core/api/views.py", "djangorestframework", "3.18", "_request"),
        ("core/db/backend/base.py", "psycopg", "3.3", "_WaitTimeout"),
        (
            "core/db/prepared.py",
            "django",
            "5.2",
            "_iterable_class _prefetch_done _prefetched_objects_cache _result_cache",
        ),
        (
            "ops/servers/http.py",
            "granian",
            "2.8",
            "granian._granian _callback_wrapper _wsgi_call_wrap _spawn_wsgi_worker"
            " _init_shared_socket",
        ),
        ("seating/live/transports.py", "daphne", "4.2.3", "_perMessageCompress"),
        ("seating/live/transports.py", "twisted", "26.10.0", "_tempDataLen"),
    )
]


def private_names(file: Path) -> Iterator[str]:
    """Underscored attributes of objects other than our own, and imports of private modules."""
    tree = ast.parse(file.read_text())
    own = {
        name
        for node in ast.walk(tree)
        for name in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            else [node.attr]
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("self", "cls", "request")
            and isinstance(node.ctx, ast.Store)
            else [node.target.id]
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            else []
        )
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if parts[0] in PRODUCT:
                continue
            if "internal" in parts or any(part.startswith("_") for part in parts[1:]):
                yield node.module
            yield from (
                alias.name
                for alias in node.names
                if alias.name.startswith("_") and not alias.name.startswith("__")
            )
        elif (
            isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
            and node.attr not in DOCUMENTED | own
            and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        ):
            yield node.attr


def test_private_apis_are_used_only_where_listed() -> None:
    allowed: dict[str, set[str]] = {}
    for one in PRIVATE_APIS:
        allowed.setdefault(one.file, set()).update(one.names)
    found = {
        path: sorted(names)
        for app in PRODUCT
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
        and (path := str(file.relative_to(ROOT)))
        and (names := set(private_names(file)) - allowed.get(path, set()))
    }
    assert found == {}


@pytest.mark.parametrize("name", sorted({name for one in PRIVATE_APIS for name in one.names}))
def test_private_api_is_used_in_one_file(name: str) -> None:
    assert len({one.file for one in PRIVATE_APIS if name in one.names}) == 1


@pytest.mark.parametrize("one", PRIVATE_APIS, ids=lambda one: f"{one.library} in {one.file}")
def test_library_has_the_version_its_private_api_was_read_in(one: PrivateApi) -> None:
    used = (ROOT / one.file).read_text()
    assert [name for name in sorted(one.names) if name not in used] == []
    assert f"{version(one.library)}.".startswith(f"{one.version}."), one.names
