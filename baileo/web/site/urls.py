"""The public site: report, follow, read what is published."""

from __future__ import annotations

from django.urls import path

from baileo.web.site import views

app_name = "site"
urlpatterns = [
    path("", views.home, name="home"),
    path("lapor/", views.report, name="report"),
    path("lapor/<uuid:submission_id>/", views.received, name="received"),
    path("lacak/", views.track, name="track"),
    path("lacak/<str:number>/", views.tracked, name="tracked"),
    path("lacak/<str:number>/tulis/", views.write_again, name="write_again"),
    path("lacak/<str:number>/selesai/", views.confirm, name="confirm"),
    path("laporan/", views.published, name="published"),
    path("laporan.json", views.published_feed, name="published-feed"),
    path("tempat/", views.places, name="places"),
    path("pulau.json", views.land, name="land"),
    path("wilayah.json", views.areas, name="areas"),
    path("hemat/", views.lite, name="lite"),
]
