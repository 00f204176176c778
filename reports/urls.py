"""Addresses in the managers' office that are no model's: ``/admin/desk/``, ``/admin/reports/``."""

from django.contrib import admin
from django.urls import path

from reports.dashboard import views
from reports.dashboard.seats import views as seat_pages
from reports.monitoring import views as monitoring_views
from reports.monitoring.alerts import views as alert_pages
from reports.monitoring.status import views as status_page
from reports.views import exports, reports
from reports.views import schedules as schedule_pages

app_name = "reports"
office = admin.site.admin_view

urlpatterns = [
    path("desk/", admin.site.admin_view(views.figures), name="desk_figures"),
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
        office(monitoring_views.run_action),
        name="incident_action",
    ),
    path("reports/", office(reports.overview), name="overview"),
    path("reports/figures/<slug:slug>/", office(reports.show), name="report"),
    path("reports/figures/<slug:slug>/file/", office(reports.export), name="report_file"),
    path("reports/exports/", office(exports.listing), name="exports"),
    path("reports/exports/<uuid:job_id>/", office(exports.detail), name="export"),
    path("reports/exports/<uuid:job_id>/state/", office(exports.state), name="export_state"),
    path("reports/exports/<uuid:job_id>/file/", office(exports.download), name="export_file"),
    path("reports/exports/<uuid:job_id>/retry/", office(exports.retry), name="export_retry"),
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
