"""Lists and shows the email and SMS files that the development backends have written."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

MESSAGES_MAX = 100
FOLDERS = {"mail": "*.eml", "sms": "*.txt"}


@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """The latest ``MESSAGES_MAX`` messages, newest first."""
    files = [file for folder, pattern in FOLDERS.items() for file in _folder(folder).glob(pattern)]
    files = sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)[:MESSAGES_MAX]
    rows = format_html_join(
        "",
        '<tr><td>{}<td><a href="{}">{}</a></tr>',
        (
            (file.parent.name, reverse("dev-message", args=[_name(file)]), _title(file))
            for file in files
        ),
    )
    return _page(format_html("<table>{}</table>", rows) if files else "No messages yet.")


@require_safe
def message_detail(request: HttpRequest, name: str) -> HttpResponse:
    folder, _, file_name = name.partition("/")
    file = _folder(folder) / file_name
    if folder not in FOLDERS or file.name != file_name or not file.is_file():
        raise Http404
    if folder == "sms":
        return _page(format_html("<pre>{}</pre>", file.read_text()))
    message = _email(file)
    headers = "\n".join(f"{key}: {message[key]}" for key in ("From", "To", "Subject", "Date"))
    attached = "\n".join(f"attached: {part.get_filename()}" for part in message.iter_attachments())
    text = message.get_body(("plain", "html"))
    content = text.get_content() if text is not None else ""
    return _page(format_html("<pre>{}\n{}\n\n{}</pre>", headers, attached, content))


def _folder(name: str) -> Path:
    return Path(settings.MAIL_DIR) if name == "mail" else Path(settings.DATA_DIR) / "sms"


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _title(file: Path) -> str:
    if file.suffix == ".eml":
        message = _email(file)
        return f"{message['To']}: {message['Subject']}"
    return file.read_text().replace("\n", " ")[:80]


def _email(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def _page(content: str) -> HttpResponse:
    return HttpResponse(
        format_html(
            '<!doctype html><html lang="en"><title>Sent messages</title><h1>'
            '<a href="{}">Sent messages</a></h1>{}',
            reverse("dev-messages"),
            content,
        )
    )
