"""`baileo bench ...`: figures of this machine, never a verdict."""

from __future__ import annotations

import json
import platform
from typing import Annotated

import psutil
import typer
from rich.console import Console

from baileo.demo.bench import intake

app = typer.Typer(help="Measure this installation on this machine.", no_args_is_help=True)
progress = Console(stderr=True)


@app.callback()
def bench() -> None:
    """Figures, with the machine they were seen on."""


@app.command("intake")
def bench_intake(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object and nothing else.")] = False,
    webhooks: Annotated[int, typer.Option(help="How many webhooks for accepted_per_s.")] = 12_000,
    understood: Annotated[int, typer.Option(help="How many waiting payloads for understood_per_s.")] = 3_000,
    steady_s: Annotated[float, typer.Option(help="Seconds at 50 messages a second for visible_p95_ms.")] = 20.0,
) -> None:
    """From webhook to screen: accepted_per_s, visible_p95_ms, understood_per_s, idle_rss_mb."""
    with progress.status("starting a fresh house") as status:
        figures = intake.run(say=status.update, webhooks=webhooks, understood=understood, steady_s=steady_s)
    figures["machine"] = (
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 1e9:.0f} GB, {platform.platform()}"
    )
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        typer.echo(f"{name:>20}  {value}")


def main(arguments: list[str]) -> int:
    """What `baileo bench` runs with everything after that word."""
    code = app(args=arguments, prog_name="baileo bench", standalone_mode=False)
    return int(code or 0)
