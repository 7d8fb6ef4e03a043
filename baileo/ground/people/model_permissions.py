"""How Django's model permissions, which Wagtail's back office asks for, follow from ours. The one table.

A model that is not listed can be neither seen nor changed in the back office, by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping

SEE_OFFICE = "office.open"
_CHANGES = ("add", "change", "delete")

# "app_label.model" -> the permission to change it; who may open the office sees it
MODELS_CHANGED_WITH: Mapping[str, str] = {
    "people.user": "people.manage",
    "people.agency": "people.manage",
    "people.membership": "people.manage",
    "places.area": "places.manage",
    "places.landmark": "places.manage",
    "service_requests.servicegroup": "service_requests.configure",
    "service_requests.service": "service_requests.configure",
    "service_requests.deadlinerule": "service_requests.configure",
    "service_requests.holiday": "service_requests.configure",
    "city_messages.channelaccount": "messages.configure",
    "city_messages.cannedreply": "messages.configure",
}


# Never changed in the office; seen with one permission more than the office's
MODELS_ONLY_SEEN_WITH: Mapping[str, str] = {
    "ledger.entry": "people.audit",
    "city_messages.inboundpayload": "messages.see_rejected",
}


def _derive() -> dict[str, tuple[str, ...]]:
    derived: dict[str, tuple[str, ...]] = {"wagtailadmin.access_admin": (SEE_OFFICE,)}
    for model, see_with in MODELS_ONLY_SEEN_WITH.items():
        app_label, name = model.split(".")
        derived[f"{app_label}.view_{name}"] = (SEE_OFFICE, see_with)
    for model, change_with in MODELS_CHANGED_WITH.items():
        app_label, name = model.split(".")
        derived[f"{app_label}.view_{name}"] = (SEE_OFFICE,)
        derived.update({f"{app_label}.{verb}_{name}": (SEE_OFFICE, change_with) for verb in _CHANGES})
    return derived


NEEDED_FOR: Mapping[str, tuple[str, ...]] = _derive()  # Django's permission -> all of ours that it takes


def django_permissions_from(held: frozenset[str]) -> frozenset[str]:
    """The Django permissions that a person with `held` has."""
    return frozenset(name for name, needed in NEEDED_FOR.items() if held.issuperset(needed))
