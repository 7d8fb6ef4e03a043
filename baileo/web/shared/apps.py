"""What all pages share: base templates, template tags, the built front end."""

from django.apps import AppConfig


class SharedConfig(AppConfig):
    name = "baileo.web.shared"
    label = "shared"
