"""A client of the seat feed that records every published change."""

from __future__ import annotations

from collections import defaultdict
from types import TracebackType

import redis
from channels.layers import get_channel_layer
from django.conf import settings

from seating.live import publisher

QUIET_SECONDS = 0.3


class Listener:
    """Collects ``seat id → versions in order of arrival`` of one showtime while it is open."""

    def __init__(self, showtime_id: int) -> None:
        self.showtime_id = showtime_id
        self.client = redis.Redis.from_url(settings.CHANNEL_LAYER_URL)
        self.subscription = self.client.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )

    def __enter__(self) -> Listener:
        group = publisher.group_name(self.showtime_id)
        self.subscription.subscribe(f"{settings.CHANNEL_LAYER_PREFIX}__group__{group}")
        self.subscription.get_message(timeout=5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.subscription.close()
        self.client.close()

    def versions(self) -> dict[int, list[int]]:
        received: dict[int, list[int]] = defaultdict(list)
        layer = get_channel_layer()
        while (message := self.subscription.get_message(timeout=QUIET_SECONDS)) is not None:
            for seat_id, _status, version in layer.deserialize(message["data"])["seats"]:
                received[seat_id].append(version)
        return dict(received)
