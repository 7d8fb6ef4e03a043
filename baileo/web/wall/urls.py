"""The wall: one screen, its data, and the shapes it draws."""

from __future__ import annotations

from django.urls import path

from baileo.web.wall import views

app_name = "wall"
urlpatterns = [
    path("", views.wall, name="wall"),
    path("snapshot", views.snapshot, name="snapshot"),
    path("land", views.land, name="land"),
    path("areas", views.areas, name="areas"),
]
