/** "Ibu Lin sedang mengetik": who else has this request open. Said every 15 s, forgotten after 40 s of silence. */
import { csrfToken } from "../htmx.ts";
import type { Presence } from "../stream.ts";
import { FORGET_AFTER_MS, presenceLine, type Said } from "./presence-line.ts";

const SAY_EVERY_MS = 15_000;
const TYPING_FOR_MS = 4_000;
export class PresenceSign {
  readonly #desk: HTMLElement;
  readonly #page = Math.random().toString(36).slice(2, 14);
  #subject = "";
  #typedAt = 0;
  #others = new Map<string, Said & { subject: string }>();

  constructor(desk: HTMLElement) {
    this.#desk = desk;
    setInterval(() => this.#say(), SAY_EVERY_MS);
    setInterval(() => this.#draw(), 2_000);
    desk.addEventListener("input", (event) => (event.target as Element).closest("[data-composer]") && this.#typed());
    addEventListener("pagehide", () => this.#say("closed"));
  }

  watch(subject: string): void {
    if (subject === this.#subject) return;
    if (this.#subject) this.#say("closed");
    this.#subject = subject;
    if (subject) this.#say();
    this.#draw();
  }

  hear(presence: Presence): void {
    const { page, name, doing, subject, user } = presence as { page: string; name: string; doing: string; subject: string; user: number };
    if (page === this.#page || String(user) === this.#desk.dataset["me"]) return;
    const isNew = subject === this.#subject && !this.#others.has(page);
    this.#others.set(page, { name, doing, subject, at: Date.now() });
    if (isNew) this.#say(); // so that who came later knows of us at once
    this.#draw();
  }

  #typed(): void {
    const isNews = Date.now() - this.#typedAt > TYPING_FOR_MS;
    this.#typedAt = Date.now();
    if (isNews) this.#say("typing");
  }

  #say(doing = Date.now() - this.#typedAt < TYPING_FOR_MS ? "typing" : "open"): void {
    if (!this.#subject || (document.hidden && doing !== "closed")) return;
    const body = new URLSearchParams({ subject: this.#subject, doing, page: this.#page });
    void fetch("/stream/presence", { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true }).catch(() => undefined);
  }

  #draw(): void {
    const sign = this.#desk.querySelector<HTMLElement>("[data-presence]");
    if (!sign) return;
    for (const [page, said] of this.#others) if (Date.now() - said.at > FORGET_AFTER_MS) this.#others.delete(page);
    const people = [...this.#others.values()].filter(({ subject }) => subject === this.#subject);
    const words = { typing: this.#desk.dataset["wordTyping"] ?? "", open: this.#desk.dataset["wordOpen"] ?? "" };
    sign.textContent = presenceLine(people, words, Date.now());
    sign.hidden = !sign.textContent;
  }
}
