"""The sign-in form, in the words of the hall."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's, with labels that say what to type and how long the door stays open."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name, remember = self.fields["login"], self.fields["remember"]
        name.label = _("User name or e-mail")
        name.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].widget.attrs.pop("placeholder", None)  # the label says it, and stays
        remember.label = _("Keep me signed in for this shift (12 hours)")
        remember.help_text = _("Not on a computer that others use.")
