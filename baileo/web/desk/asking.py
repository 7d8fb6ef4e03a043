"""Who asks at the desk."""

from __future__ import annotations

from django.http import HttpRequest

from baileo.ground.people.models import User


class DeskRequest(HttpRequest):
    """A request of somebody who is signed in and may open the desk; `answer.at_the_desk` lets nobody else through."""

    user: User
