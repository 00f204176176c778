"""The programming board in the managers' office: ``/admin/board/``."""

from django.contrib import admin
from django.urls import path

from bookings import board_changes, board_pages, board_plans

app_name = "board"

inside = admin.site.admin_view

urlpatterns = [
    path("", inside(board_pages.index), name="index"),
    path("<int:cinema_id>/<str:day>/", inside(board_pages.day), name="day"),
    path("<int:cinema_id>/<str:day>/add/", inside(board_changes.add), name="add"),
    path(
        "<int:cinema_id>/<str:day>/suggestion/",
        inside(board_changes.suggestion),
        name="suggestion",
    ),
    path("<int:cinema_id>/<str:day>/copy/", inside(board_plans.copy), name="copy"),
    path("<int:cinema_id>/<str:day>/fill/", inside(board_plans.fill), name="fill"),
    path("showtimes/<int:showtime_id>/", inside(board_pages.showtime), name="showtime"),
    path("showtimes/<int:showtime_id>/move/", inside(board_changes.move), name="move"),
]
