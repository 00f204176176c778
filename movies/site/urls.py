"""URLs of the catalogue pages."""

from django.urls import path

from movies.site import views
from movies.site.calendar_feed import cinema_calendar
from movies.site.film_image import film_image

app_name = "movies"

urlpatterns = [
    path("", views.home, name="home"),
    path("films/", views.movies, name="films"),
    path("films/<slug:slug>/", views.movie, name="film"),
    path("films/<slug:slug>/share.png", film_image, name="film_image"),
    path("cinemas/", views.cinemas, name="cinemas"),
    path("cinemas/<slug:slug>/", views.cinema, name="cinema"),
    path("cinemas/<slug:slug>/showtimes.ics", cinema_calendar, name="cinema_calendar"),
    path("schedule/", views.schedule, name="schedule"),
]
