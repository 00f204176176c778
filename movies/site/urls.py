"""URLs of the catalogue pages."""

from django.urls import path

from movies.site import views

app_name = "movies"

urlpatterns = [
    path("", views.home, name="home"),
    path("films/", views.movies, name="films"),
    path("films/<slug:slug>/", views.movie, name="film"),
    path("cinemas/", views.cinemas, name="cinemas"),
    path("cinemas/<slug:slug>/", views.cinema, name="cinema"),
    path("schedule/", views.schedule, name="schedule"),
]
