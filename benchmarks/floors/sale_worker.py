"""The messages of a sale without Celery: prepared bytes by SMTP and HTTP, and the same rows."""

from __future__ import annotations

import http.client
import os
import smtplib
import sys
from datetime import UTC, datetime, timedelta
from multiprocessing import Process
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from benchmarks.floors import sale_statements as sql
from benchmarks.floors.sale import QUEUE
from benchmarks.floors.sale_rows import Row, Template, connection, insert

LEASE = timedelta(seconds=300)
SENDER = "tickets@localhost"


def work() -> None:
    valkey, template = redis.Redis.from_url(os.environ["REDIS_URL"]), Template()
    email = Path(os.environ["FLOOR_EMAIL"]).read_bytes()
    while True:
        found: Any = valkey.brpop([QUEUE], timeout=0)
        deliver(found[1].decode(), template.attempts[0], email)


def deliver(message_id: str, attempt: Row, email: bytes) -> None:
    database, at = connection(), datetime.now(UTC)
    with database.transaction():
        claimed = database.execute(sql.CLAIM, (message_id,)).fetchone()
        if claimed is None:
            return
        database.execute(sql.LEASE, (at + LEASE, message_id))
    _id, channel, recipient, booking_id = claimed
    [code] = database.execute(sql.BOOKING_CODE, (booking_id,)).fetchone()  # type: ignore[misc]
    database.execute(sql.BOOKING, (code,)).fetchone()
    database.execute(sql.TICKETS, (booking_id,)).fetchall()
    if channel == "email":
        server = urlsplit(os.environ["EMAIL_URL"])
        with smtplib.SMTP(server.hostname or "", server.port or 0) as smtp:
            smtp.sendmail(SENDER, [recipient], email)
    else:
        send_sms(recipient)
    with database.transaction():
        insert("notifications_deliveryattempt", attempt, message_id=message_id, at=at)
        database.execute(sql.SENT, (at, message_id, message_id))


def send_sms(recipient: str) -> None:
    gateway = urlsplit(os.environ["SMS_HTTP_URL"])
    client = http.client.HTTPConnection(gateway.netloc)
    client.request("POST", gateway.path, b'{"to": "%s", "text": "x"}' % recipient.encode())
    client.getresponse().read()
    client.close()


if __name__ == "__main__":
    workers = [Process(target=work, daemon=True) for _number in range(int(sys.argv[1]))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
