"""Export of one's own data, and deletion of the account."""

from __future__ import annotations

import json

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.account_shapes import PasswordSerializer, PersonalDataSerializer
from accounts.api.session_view import NO_STORE, SessionView, signed_in_user
from accounts.errors import AccountNotDeletable, PasswordIncorrect
from accounts.privacy import erasure, export
from accounts.privacy.erasure import ErasureRefused
from accounts.privacy.person import Person
from accounts.privacy.views import DELETIONS_BY_PERSON, DOWNLOADS_BY_PERSON
from core.api.views import django_request


class PersonalData(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="get_personal_data",
        summary="Everything that is stored about the account",
        responses={200: PersonalDataSerializer},
    )
    def get(self, request: Request) -> Response:
        """The same as the download of the website, ten times in an hour."""
        user = signed_in_user(request)
        self.enforce(DOWNLOADS_BY_PERSON, f"user:{user.pk}")
        collected = export.collect(Person.of(user), timezone.now())
        document = {"sections": json.loads(export.as_json(collected))}
        return Response(PersonalDataSerializer(document).data, headers=NO_STORE)


class Deletion(SessionView):
    @extend_schema(
        tags=["account"],
        operation_id="delete_account",
        summary="Delete the account",
        request=PasswordSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Erase the account and sign out everywhere; bookings stay without personal data."""
        wanted = PasswordSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = signed_in_user(request)
        self.enforce(DELETIONS_BY_PERSON, f"user:{user.pk}")
        if not user.check_password(wanted.validated_data["password"]):
            raise PasswordIncorrect()
        try:
            erasure.erase(Person.of(user), timezone.now())
        except ErasureRefused as refusal:
            raise AccountNotDeletable(obstacles=list(map(str, refusal.obstacles))) from None
        django_request(request).session.flush()
        return Response(status=204, headers=NO_STORE)
