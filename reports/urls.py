"""Addresses in the managers' office that are no model's: ``/admin/desk/``, ``/admin/reports/``."""

from django.contrib import admin
from django.urls import path

from reports import desk_page, export_pages, incident_pages, report_pages
from reports.alerts import pages as alert_pages
from reports.schedules import pages as schedule_pages
from reports.seats import pages as seat_pages
from reports.status import page as status_page

app_name = "reports"
office = admin.site.admin_view

urlpatterns = [
    path("desk/", admin.site.admin_view(desk_page.figures), name="desk_figures"),
    path("desk/showtimes/<int:showtime_id>/", office(seat_pages.showtime), name="showtime"),
    path("desk/showtimes/<int:showtime_id>/seats/", office(seat_pages.seats), name="seats"),
    path(
        "desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/",
        office(seat_pages.seat),
        name="seat",
    ),
    path(
        "desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/<slug:deed>/",
        office(seat_pages.change),
        name="seat_change",
    ),
    path("status/", office(status_page.status), name="status"),
    path("alerts/", office(alert_pages.wishes), name="alerts"),
    path(
        "incidents/<int:incident_id>/<slug:action>/",
        office(incident_pages.press),
        name="incident_action",
    ),
    path("reports/", office(report_pages.overview), name="overview"),
    path("reports/figures/<slug:slug>/", office(report_pages.show), name="report"),
    path("reports/figures/<slug:slug>/file/", office(report_pages.export), name="report_file"),
    path("reports/exports/", office(export_pages.listing), name="exports"),
    path("reports/exports/<uuid:job_id>/", office(export_pages.detail), name="export"),
    path("reports/exports/<uuid:job_id>/state/", office(export_pages.state), name="export_state"),
    path("reports/exports/<uuid:job_id>/file/", office(export_pages.download), name="export_file"),
    path("reports/exports/<uuid:job_id>/retry/", office(export_pages.retry), name="export_retry"),
    path("reports/schedules/", office(schedule_pages.listing), name="schedules"),
    path(
        "reports/schedules/<int:schedule_id>/stop/",
        office(schedule_pages.stop),
        name="schedule_stop",
    ),
    path(
        "reports/schedules/<int:schedule_id>/resume/",
        office(schedule_pages.resume),
        name="schedule_resume",
    ),
    path(
        "reports/schedules/<int:schedule_id>/delete/",
        office(schedule_pages.delete),
        name="schedule_delete",
    ),
]
