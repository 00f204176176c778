"""Generated requests for one operation, valid and invalid by its schema, with checks of each
response."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext, suppress
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bookings.orders.access_tokens import access_token
from tests.api.schema.callers import SECRET, Caller, Scene

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
BLIND_SHARE = 0.2
FIRST_ERROR, METHOD_NOT_ALLOWED = 400, 405
FINDING_LENGTH_MAX = 1_500

Findings = dict[tuple[str, str, str], str]


def findings_of(
    operation: Any, caller: Caller, seen: dict[str, list[int]], *, examples: int
) -> Findings:
    """Distinct faults of the responses. ``seen``: the statuses of each operation, for output."""
    found: Findings = {}
    statuses: set[int] = set()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        caller.stock_up()
        # Some operations accept anything: any text is a valid header.
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            _ask(operation, caller, mode, examples, found, statuses)
    seen[operation.label] = sorted(statuses)
    return found


def _ask(
    operation: Any,
    caller: Caller,
    mode: GenerationMode,
    examples: int,
    found: Findings,
    seen: set[int],
) -> None:
    chances = (random.Random(f"{operation.label} {mode} {turn}") for turn in count())

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        aim(case, caller, next(chances), is_valid=mode is GenerationMode.POSITIVE)
        response = case.call(headers=caller.headers)
        seen.add(response.status_code)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                if (
                    type(failure).__name__ == "AcceptedNegativeData"
                    and "" in (case.query or {}).values()
                ):
                    continue  # an empty filter means no filter, which a schema cannot express
                key = (operation.label, type(failure).__name__, str(response.status_code))
                found.setdefault(key, f"{failure}\n{case.as_curl_command()}"[:FINDING_LENGTH_MAX])
        found.update(_of_the_contents(operation, caller, response))

    ask()


def _of_the_contents(operation: Any, caller: Caller, response: Any) -> Findings:
    found: Findings = {}
    if undocumented := _undocumented_code(operation, response):
        found[operation.label, "undocumented code", undocumented] = undocumented
    shown = f"{response.text} {dict(response.headers)}"
    for secret in caller.victim.secrets:
        if secret in shown:
            found[operation.label, "tells of another customer", secret] = shown[:500]
    return found


def _undocumented_code(operation: Any, response: Any) -> str:
    """The code of a refusal that the document does not list, or its facts; else empty."""
    if response.status_code < FIRST_ERROR or response.status_code == METHOD_NOT_ALLOWED:
        return ""
    problem = json.loads(response.text)
    declared = operation.definition.raw["responses"][str(response.status_code)]["content"]
    name = declared["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    properties = operation.schema.raw_schema["components"]["schemas"][name]["properties"]
    if problem["code"] not in properties["code"]["x-extensible-enum"]:
        return str(problem["code"])
    facts = problem.keys() - properties.keys()
    return f"{problem['code']}: {sorted(facts)}" if facts else ""


def aim(case: Any, caller: Caller, chance: random.Random, *, is_valid: bool) -> None:
    """Fill a case with ids of existing rows in most cases, the caller's or another customer's."""
    if chance.random() < BLIND_SHARE:
        return
    scene = chance.choice(caller.scenes)
    known = {
        "code": scene.booking.code if scene.booking else "",
        "hold_id": scene.hold_id,
        "showtime_id": scene.showtime.pk,
        "slug": chance.choice([scene.showtime.movie.slug, scene.showtime.studio.cinema.slug]),
    }
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known.get(name) or case.path_parameters[name]
    _show_who(case, caller, scene)
    if is_valid and isinstance(case.body, dict):
        case.body = {name: _meant(name, value, scene, chance) for name, value in case.body.items()}


def _show_who(case: Any, caller: Caller, scene: Scene) -> None:
    names = {parameter.name for parameter in case.operation.iter_parameters()}
    if "X-Visitor" in names:
        case.headers["X-Visitor"] = SECRET
    if "X-Booking-Token" in names:
        case.headers.pop("X-Booking-Token", None)
        if scene.is_own and scene.booking and caller.user is None:
            case.headers["X-Booking-Token"] = access_token(scene.booking)
    case.headers.pop("Idempotency-Key", None)


def _meant(name: str, value: Any, scene: Scene, chance: random.Random) -> Any:
    if name == "seats" or (name == "tickets" and value and isinstance(value[0], int)):
        return scene.seat_ids
    if name == "tickets" and value:
        return [{"seat": seat, "ticket_type": "adult"} for seat in scene.seat_ids]
    plain = {
        "hold": scene.hold_id,
        "provider": chance.choice(["paper", "paper", "sandbox", "nobody"]),
        "voucher": "",
        "code": scene.ticket,
        "showtime": scene.showtime.pk,
        "email": chance.choice(["canary@mail.example", "nobody@mail.example"]),
    }
    return plain.get(name, value)
