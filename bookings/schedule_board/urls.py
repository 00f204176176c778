"""URLs of the schedule board: ``/admin/board/``."""

from django.contrib import admin
from django.urls import path

from bookings.schedule_board import bulk_views, edit_views, views

app_name = "board"

inside = admin.site.admin_view

urlpatterns = [
    path("", inside(views.index), name="index"),
    path("<int:cinema_id>/<str:day>/", inside(views.day), name="day"),
    path("<int:cinema_id>/<str:day>/add/", inside(edit_views.add), name="add"),
    path(
        "<int:cinema_id>/<str:day>/suggestion/",
        inside(edit_views.suggestion),
        name="suggestion",
    ),
    path("<int:cinema_id>/<str:day>/copy/", inside(bulk_views.copy), name="copy"),
    path("<int:cinema_id>/<str:day>/fill/", inside(bulk_views.fill), name="fill"),
    path("showtimes/<int:showtime_id>/", inside(views.showtime), name="showtime"),
    path("showtimes/<int:showtime_id>/move/", inside(edit_views.move), name="move"),
]
