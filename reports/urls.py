"""Admin URLs outside model admins: dashboard, status, alerts, reports, exports, schedules."""

from django.contrib import admin
from django.urls import path

from reports.dashboard import views
from reports.dashboard.seats import closing
from reports.dashboard.seats import views as seat_views
from reports.monitoring import views as monitoring_views
from reports.monitoring.alerts import views as alert_views
from reports.monitoring.status import views as status_views
from reports.views import exports, reports
from reports.views import schedules as schedule_views

app_name = "reports"
protected = admin.site.admin_view

urlpatterns = [
    path("desk/", protected(views.figures), name="desk_figures"),
    path("desk/showtimes/<int:showtime_id>/", protected(seat_views.showtime), name="showtime"),
    path("desk/showtimes/<int:showtime_id>/seats/", protected(seat_views.seats), name="seats"),
    path(
        "desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/",
        protected(seat_views.seat),
        name="seat",
    ),
    path(
        "desk/showtimes/<int:showtime_id>/seats/<int:seat_id>/<slug:action>/",
        protected(seat_views.change),
        name="seat_change",
    ),
    path(
        "desk/showtimes/<int:showtime_id>/closures/",
        protected(closing.close),
        name="close_seats",
    ),
    path("status/", protected(status_views.status), name="status"),
    path("alerts/", protected(alert_views.preferences), name="alerts"),
    path(
        "incidents/<int:incident_id>/<slug:action>/",
        protected(monitoring_views.run_action),
        name="incident_action",
    ),
    path("reports/", protected(reports.overview), name="overview"),
    path("reports/figures/<slug:slug>/", protected(reports.show), name="report"),
    path("reports/figures/<slug:slug>/file/", protected(reports.export), name="report_file"),
    path("reports/exports/", protected(exports.listing), name="exports"),
    path("reports/exports/<uuid:job_id>/", protected(exports.detail), name="export"),
    path("reports/exports/<uuid:job_id>/state/", protected(exports.state), name="export_state"),
    path("reports/exports/<uuid:job_id>/file/", protected(exports.download), name="export_file"),
    path("reports/exports/<uuid:job_id>/retry/", protected(exports.retry), name="export_retry"),
    path("reports/schedules/", protected(schedule_views.listing), name="schedules"),
    path(
        "reports/schedules/<int:schedule_id>/stop/",
        protected(schedule_views.stop),
        name="schedule_stop",
    ),
    path(
        "reports/schedules/<int:schedule_id>/resume/",
        protected(schedule_views.resume),
        name="schedule_resume",
    ),
    path(
        "reports/schedules/<int:schedule_id>/delete/",
        protected(schedule_views.delete),
        name="schedule_delete",
    ),
]
