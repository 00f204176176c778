"""Every database constraint has a message in both languages, at a field of its model's forms."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.test import Client, RequestFactory
from django.utils import translation

from core.forms.constraints import UNKNOWN_VIOLATION, ConstraintMessages, constraint_message
from core.forms.fields import MinuteOfDayField, RupiahField, WholeNumberField
from reports.models.alert import AlertWishes
from reports.models.schedule import ReportSchedule
from reports.monitoring.alerts.views import PreferencesForm
from reports.views.schedules import ScheduleForm
from tests.factories import make_user, make_voucher

OURS = ("accounts", "backups", "bookings", "movies", "notifications", "reports", "seating",
        "sandbox_bank")  # fmt: skip
SITE_FORMS: dict[type[models.Model], Any] = {
    AlertWishes: PreferencesForm,
    ReportSchedule: ScheduleForm,
}
# Constraints over fields that no form of their model edits.
NOT_EDITED = {
    "report_schedule_stopped_has_reason",
    "erasure_account_is_marked",
    "incident_open_once",
    "incident_resolved_by_somebody_with_note",
    "manual_payout_resolved_by_somebody",
    "layout_version_positive",
    "layout_version_once",
    "showtime_cancellation_finished_after_start",
}


def constraints() -> list[tuple[type[models.Model], str]]:
    return [
        (model, constraint.name)
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for constraint in model._meta.constraints
    ]


def superuser_request() -> Any:
    request = RequestFactory().get("/")
    request.user = make_user(is_staff=True, is_superuser=True)
    return request


def office_forms(request: Any) -> dict[type[models.Model], list[Any]]:
    """Add and change forms of every model that the office edits."""
    found: dict[type[models.Model], list[Any]] = {}
    for model, page in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        forms = []
        if page.has_add_permission(request):
            forms.append(page.get_form(request))
        if page.has_change_permission(request):
            is_uuid = isinstance(model._meta.pk, models.UUIDField)
            row = model(pk=uuid4() if is_uuid else 0)
            forms.append(page.get_form(request, row, change=True))
        if forms:
            found[model] = forms
    return found


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_no_message_names_its_constraint(language: str) -> None:
    with translation.override(language):
        texts = {name: str(constraint_message(model, name)[1]) for model, name in constraints()}

    assert {name: text for name, text in texts.items() if name in text or "_" in text} == {}


def test_every_message_is_translated() -> None:
    def texts(language: str) -> dict[str, str]:
        with translation.override(language):
            return {n: str(constraint_message(model, n)[1]) for model, n in constraints()}

    english, indonesian = texts("en"), texts("id")
    assert [name for name in english if english[name] == indonesian[name]] == []


@pytest.mark.django_db
def test_constraints_of_edited_models_have_messages_at_their_fields() -> None:
    forms = office_forms(superuser_request())
    edited = {*forms, *SITE_FORMS}
    missing, strange = set(), set()
    for model, name in constraints():
        field, message = constraint_message(model, name)
        if model in edited and message == UNKNOWN_VIOLATION:
            missing.add(name)
        if field != NON_FIELD_ERRORS:
            model._meta.get_field(field)
            if message == UNKNOWN_VIOLATION:
                strange.add(name)

    assert missing <= NOT_EDITED
    assert strange == set()


@pytest.mark.django_db
def test_edited_models_report_constraints_at_fields() -> None:
    edited = {*office_forms(superuser_request()), *SITE_FORMS}
    named = {model for model, name in constraints() if name not in NOT_EDITED}

    assert [m.__name__ for m in edited & named if not issubclass(m, ConstraintMessages)] == []


def test_messages_belong_to_constraints_that_exist() -> None:
    known = {name for _model, name in constraints()}
    named = {
        name for model in apps.get_models() for name in getattr(model, "constraint_messages", {})
    }

    assert named - known == set()


@pytest.mark.django_db
def test_office_shows_the_message_at_the_field(client: Client) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    voucher = make_voucher(code="HEMAT")
    page = f"/admin/bookings/voucher/{voucher.pk}/change/"
    form = client.get(page).context["adminform"].form
    data = {
        name: form.initial.get(name) for name in form.fields if form.initial.get(name) is not None
    }
    data |= {"kind": "percent", "value": "200"}
    for name in ("valid_from", "valid_until"):
        moment = data.pop(name)
        data |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}

    shown = {}
    for language in ("en", "id"):
        response = client.post(page, data, headers={"accept-language": language})
        with translation.override(language):
            shown[language] = {
                name: list(map(str, found))
                for name, found in response.context["adminform"].errors.items()
            }

    assert shown == {
        "en": {
            "value": [
                "Percent: 1 to 100. Amount: 1 or more. Tickets bought for a free one: 1 to 7."
            ]
        },
        "id": {
            "value": [
                "Persen: 1 sampai 100. Nominal: 1 atau lebih."
                " Tiket yang dibeli untuk satu gratis: 1 sampai 7."
            ]
        },
    }


SPELLINGS = {"6.000": 6_000, "6000": 6_000, "6,000": 6_000, "6 000": 6_000}


@pytest.mark.django_db
def test_every_number_field_of_the_office_reads_each_spelling() -> None:
    wrong = {}
    read = 0
    for model, forms in office_forms(superuser_request()).items():
        for form in forms:
            for name, field in form.base_fields.items():
                numbers = {
                    known.name
                    for known in model._meta.fields
                    if isinstance(known, models.IntegerField) and not known.choices
                }
                if isinstance(field, MinuteOfDayField):
                    continue  # asked for as a time of day
                if name not in numbers and not name.endswith(("_rupiah", "_percent", "_minutes")):
                    continue
                read += 1
                if not isinstance(field, WholeNumberField):
                    wrong[model.__name__, name] = type(field).__name__
                    continue
                got = {text: field.to_python(text) for text in SPELLINGS}
                if got != SPELLINGS or name.endswith("_rupiah") != isinstance(field, RupiahField):
                    wrong[model.__name__, name] = str(got)

    assert wrong == {}
    assert read > 10


@pytest.mark.parametrize("text", ["60.5", "60.00", "6.00", "60.000.00", "sixty", "1e5", "0x10"])
def test_unclear_numbers_are_refused_and_never_read_as_another(text: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        RupiahField().clean(text)

    with translation.override("en"):
        messages = refused.value.messages
    assert messages == [f"We cannot read “{text}” for sure. Write a whole number, like 60000."]


def test_rupiah_may_carry_their_currency() -> None:
    field = RupiahField()
    spellings = ("Rp 60.000", "Rp60.000,-", "rp. 60.000,00", "IDR 60,000.00", "60000")

    assert [field.clean(text) for text in spellings] == [60_000] * 5
