"""Moving the pretend city in: staff, accounts, and ten days of history, once per data folder."""

from __future__ import annotations

from django.conf import settings
from rich.console import Console
from rich.progress import Progress

from baileo.city.messages.models import ChannelAccount
from baileo.city.service_requests.models import ServiceRequest
from baileo.demo.backlog import REPORTS, backlog_make
from baileo.demo.citizens import Citizens
from baileo.demo.officers import Officers
from baileo.demo.staff import demo_password, password_path, staff_ensure
from baileo.demo.town import SLUG, DemoRefused, Town, accounts_ensure, make_town


def demo_load(*, reports: int = REPORTS, console: Console | None = None) -> bool:
    """Before the processes of a demo start. Does nothing in a real installation; True when history was made.

    Raises `DemoRefused` for a database in which a real city lives already.
    """
    if not settings.BAILEO.demo:
        return False
    console = console or Console(soft_wrap=True)
    _check_nobody_lives_here()
    staff = staff_ensure()
    is_new = not ServiceRequest.objects.exists()
    with make_town(settings.BAILEO.demo_port) as town:
        accounts_ensure(town.front)
        if is_new:
            _live_ten_days(town, Citizens(town), Officers(staff), reports, console)
    _show_logins(console)
    return is_new


def _check_nobody_lives_here() -> None:
    is_ours = ChannelAccount.objects.filter(channel="telegram", slug=SLUG).exists()
    is_taken = ChannelAccount.objects.exists() or ServiceRequest.objects.exists()
    if is_taken and not is_ours:
        raise DemoRefused(
            "This database holds a real city: it has channel accounts or requests that no demo made. "
            "Give the demo a data folder of its own (--data), or unset BAILEO_DATABASE_URL."
        )


def _live_ten_days(town: Town, citizens: Citizens, officers: Officers, reports: int, console: Console) -> None:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Kota pura-pura: sepuluh hari terakhir", total=1.0)
        for share in backlog_make(town, citizens, officers, reports=reports):
            progress.update(task, completed=share)


def _show_logins(console: Console) -> None:
    console.print("\n[bold]DEMO[/]: a pretend city. Nothing here is real.", highlight=False)
    console.print(
        f"Sign in as koordinator, penerima, pengawas, pimpinan, auditor, dinding or petugas-pupr, petugas-dlhp, ...\n"
        f"Password of all of them: [bold]{demo_password()}[/]   (kept in {password_path()})\n"
        f"The citizens' phones: http://127.0.0.1:{settings.BAILEO.demo_port}/\n",
        highlight=False,
    )
