"""The app's models, below every package that uses them."""

from reports.models.alert import (
    Alert,
    AlertAttempt,
    AlertChannel,
    AlertLine,
    AlertStatus,
    AlertWishes,
)
from reports.models.default_schedule import DefaultSchedule
from reports.models.export import ExportJob, Format, JobState
from reports.models.heartbeat import Heartbeat
from reports.models.incident import Incident, IncidentAction, IncidentQuerySet
from reports.models.schedule import (
    DeliveryStatus,
    Period,
    ReportDelivery,
    ReportDeliveryAttempt,
    ReportSchedule,
    Weekday,
)
from reports.models.seat_action import SeatAction, SeatDeed
from reports.models.seat_closure import SeatClosure

__all__ = [
    "Alert",
    "AlertAttempt",
    "AlertChannel",
    "AlertLine",
    "AlertStatus",
    "AlertWishes",
    "DefaultSchedule",
    "DeliveryStatus",
    "ExportJob",
    "Format",
    "Heartbeat",
    "Incident",
    "IncidentAction",
    "IncidentQuerySet",
    "JobState",
    "Period",
    "ReportDelivery",
    "ReportDeliveryAttempt",
    "ReportSchedule",
    "SeatAction",
    "SeatClosure",
    "SeatDeed",
    "Weekday",
]
