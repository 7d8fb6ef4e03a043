"""One port for all simulated providers of a demo, and a start page that shows the citizens' phones."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Self

from baileo.demo.providers.phones import plain_page
from baileo.demo.providers.server import Answer, Call, LoopbackServer
from baileo.demo.providers.simulator import HTML, Simulator


class Front(LoopbackServer):
    """`Front(port, telegram=..., whatsapp=...)`: each answers below its name, as in "/telegram/bot.../getMe"."""

    def __init__(self, port: int = 0, **simulators: Simulator) -> None:
        super().__init__(port)
        self._simulators = simulators
        for name, simulator in simulators.items():
            simulator.mounted_at = f"http://{self.host_port}/{name}"

    def start(self) -> Self:
        for simulator in self._simulators.values():
            simulator.start()
        return super().start()

    def stop(self) -> None:
        super().stop()
        for simulator in self._simulators.values():
            simulator.stop()

    def answer(self, call: Call) -> Answer:
        name, _, rest = call.path.lstrip("/").partition("/")
        simulator = self._simulators.get(name)
        if simulator is not None:
            return simulator.answer(replace(call, path=f"/{rest}", root=f"/{name}"))
        return Answer(content=self._start_page().encode(), media_type=HTML) if not name else Answer(404)

    def _start_page(self) -> str:
        links = "".join(
            f'<div class="b city"><a href="/{escape(name)}/phone/">{escape(simulator.provider)}</a></div>'
            for name, simulator in self._simulators.items()
        )
        return plain_page("Telepon warga", f"<main>{links}</main>")
