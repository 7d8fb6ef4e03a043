"""Every write to accounts, roles and agencies. One transaction and one ledger entry each; no HTTP in here.

`actor` is the signed-in user, who needs `people.manage`, or the name of a process ("system:starter").
"""

from baileo.ground.people.services.accounts import (
    first_administrator,
    second_factor_forget,
    user_deactivate,
    user_save,
    user_set_password,
)
from baileo.ground.people.services.agencies import agency_save, starter_agencies_load
from baileo.ground.people.services.memberships import membership_give, membership_take

__all__ = [
    "agency_save",
    "first_administrator",
    "membership_give",
    "membership_take",
    "second_factor_forget",
    "starter_agencies_load",
    "user_deactivate",
    "user_save",
    "user_set_password",
]
