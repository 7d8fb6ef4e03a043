"""Words of Wagtail that our pages show and Wagtail does not say in Indonesian, kept here for our own catalogue.

Wagtail translates a third of its admin. `test_wording` finds what is missing on pages; scripts get `IN_SCRIPTS` from
`views.WordsForScripts`.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

ON_PAGES = (
    _("%(field_label)s:"),
    _("Actions"),
    _("Actions (footer)"),
    _("Back"),
    _("Breadcrumb"),
    _("Choose another"),
    _("Clear"),
    _("Create"),
    _("Creating…"),
    _("Filter by"),
    _("Go to the first error"),
    _(
        "JavaScript is required to use Wagtail, but it is currently disabled.<br /> Here are the "
        '<a href="https://www.enable-javascript.com/" target="_blank" rel="noreferrer">instructions how to enable '
        "JavaScript in your web browser</a>."
    ),
    _("More options for '%(title)s'"),
    _("New: %(model_name)s"),
    _("No"),
    _("No %(model_name)s match your query."),
    _("No, don't delete"),
    _("Pagination"),
    _("Save your changes before leaving"),
    _("Saving…"),
    _("Search…"),
    _("Show filters"),
    _("Sidebar"),
    _("Skip to main content"),
    _("Sort by '%(label)s' in ascending order."),
    _("Sort by '%(label)s' in descending order."),
    _("Toggle breadcrumbs"),
    _("Yes"),
    _("You have <span>unsaved edits</span>"),
    ngettext_lazy("There is %(counter)s match", "There are %(counter)s matches", 1),
)
IN_SCRIPTS = (
    _("(New)"),
    _("A network error occurred."),
    _("A server error occurred."),
    _("Are you sure?"),
    _("Cancel"),
    _("Close"),
    _("Dashboard"),
    _("Delete"),
    _("Edit"),
    _("Loading…"),
    _("Main menu"),
    _("More actions"),
    _("No results"),
    _("Reload the page"),
    _("Save"),
    _("Search"),
    _("Server Error"),
    _("Settings"),
    _("Show error"),
    _("This field is required."),
    _("Toggle section"),
    _("Toggle side panel"),
    _("Toggle sidebar"),
)
