/**
 * The list of requests, kept true by the stream. Rows change in place. New rows come in at the top when nobody is
 * reading there; otherwise they wait behind one line ("2 laporan baru menunggu di atas"), so nothing moves under a hand.
 */
const MOST_ROWS = 150; // a desk open all day does not grow
const AT_ONCE = 50; // numbers in one question; the server takes 60
const seen = new Map<string, string>(); // number -> version

function calm(row: HTMLElement): void {
  if (seen.get(row.dataset["number"] ?? "") !== row.dataset["version"]) return;
  row.classList.remove("new");
  row.querySelector(".dot")?.remove();
}

export class RequestList {
  readonly #desk: HTMLElement;
  #held = new Map<string, HTMLElement>();
  #isPointedAt = false;

  constructor(desk: HTMLElement) {
    this.#desk = desk;
    desk.addEventListener("click", (event) => this.#click(event));
    desk.addEventListener("change", (event) => this.#change(event));
    desk.addEventListener("pointerover", (event) => (this.#isPointedAt = this.#rows?.contains(event.target as Node) ?? false));
    desk.addEventListener("pointerleave", () => (this.#isPointedAt = false));
  }

  get #rows(): HTMLElement | null {
    return this.#desk.querySelector<HTMLElement>("[data-rows]");
  }

  get #isBeingRead(): boolean {
    const rows = this.#rows;
    return !rows || rows.scrollTop > 8 || this.#isPointedAt || rows.contains(document.activeElement) || this.picked().length > 0;
  }

  /** Ask the server for these numbers as the list on the screen would show them, at most as many as it keeps. */
  async refresh(numbers: string[]): Promise<void> {
    const url = this.#desk.dataset["rowsUrl"];
    if (!url || !this.#rows) return;
    const wanted = [...new Set(numbers)].slice(-MOST_ROWS);
    for (let at = 0; at < wanted.length; at += AT_ONCE) await this.#fetch(url, wanted.slice(at, at + AT_ONCE));
    this.#tellFresh();
  }

  async #fetch(url: string, numbers: string[]): Promise<void> {
    const query = new URLSearchParams(this.#desk.dataset["query"]);
    query.set("numbers", numbers.join(","));
    const reply = await fetch(`${url}?${query}`, { headers: { "HX-Request": "true" } });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const found = new Map([...page.querySelectorAll<HTMLElement>("article.row")].map((row) => [row.dataset["number"]!, row]));
    for (const number of numbers) this.#put(number, found.get(number));
  }

  #put(number: string, row: HTMLElement | undefined): void {
    const shown = document.getElementById(`row-${number}`);
    if (shown && row) this.#replace(shown, row);
    else if (shown) shown.classList.add("gone"); // no longer part of this list; stays until the list is opened anew
    else if (row) this.#held.set(number, row);
    if (!this.#isBeingRead) this.showFresh();
  }

  #replace(shown: HTMLElement, row: HTMLElement): void {
    const next = document.importNode(row, true);
    next.classList.toggle("open", shown.classList.contains("open"));
    const ticked = shown.querySelector<HTMLInputElement>("input[name=pick]")?.checked ?? false;
    const hadFocus = shown.contains(document.activeElement);
    shown.replaceWith(next);
    const box = next.querySelector<HTMLInputElement>("input[name=pick]");
    if (box) box.checked = ticked;
    next.classList.toggle("picked", ticked);
    calm(next);
    htmxProcess(next);
    if (hadFocus) next.querySelector<HTMLElement>("a.t")?.focus({ preventScroll: true });
  }

  showFresh(): void {
    const rows = this.#rows;
    if (!rows || !this.#held.size) return;
    const fresh = [...this.#held.values()].map((row) => document.importNode(row, true));
    this.#held.clear();
    fresh.forEach((row) => row.classList.add("arrived"));
    rows.querySelector("[data-empty]")?.remove();
    rows.prepend(...fresh.reverse());
    fresh.forEach(htmxProcess);
    [...rows.querySelectorAll<HTMLElement>("article.row")].slice(MOST_ROWS).forEach((row) => row.remove());
    rows.scrollTop = 0;
    this.#tellFresh();
  }

  #tellFresh(): void {
    const line = this.#desk.querySelector<HTMLElement>("[data-fresh]");
    if (!line) return;
    line.hidden = this.#held.size === 0;
    line.querySelector("[data-fresh-words]")!.textContent = (this.#desk.dataset["wordFresh"] ?? "{n}").replace("{n}", String(this.#held.size));
  }

  picked(): string[] {
    return [...this.#desk.querySelectorAll<HTMLInputElement>("input[name=pick]:checked")].map((box) => box.value);
  }

  #click(event: MouseEvent): void {
    const target = event.target as Element;
    if (target.closest("[data-fresh]")) this.showFresh();
    if (target.closest("[data-unpick]")) this.unpick();
    const link = target.closest<HTMLElement>("[data-row-link]");
    if (link) this.markOpen(link.closest<HTMLElement>("article")?.dataset["number"]);
  }

  #change(event: Event): void {
    const box = event.target as HTMLInputElement;
    if (box.name === "pick") {
      box.closest("article")?.classList.toggle("picked", box.checked);
      this.#tellPicked();
    }
    if (box.closest("[data-autosubmit]")) box.form?.requestSubmit();
  }

  unpick(): void {
    this.#desk.querySelectorAll<HTMLInputElement>("input[name=pick]:checked").forEach((box) => {
      box.checked = false;
      box.closest("article")?.classList.remove("picked");
    });
    this.#tellPicked();
  }

  #tellPicked(): void {
    const picked = this.picked();
    const bar = this.#desk.querySelector<HTMLElement>("[data-bulk]");
    if (!bar) return;
    bar.hidden = picked.length === 0;
    bar.querySelector("[data-picked]")!.textContent = String(picked.length);
    const items = document.querySelector<HTMLInputElement>("[data-bulk-items]");
    if (items) items.value = picked.join(",");
  }

  markOpen(number: string | undefined): void {
    this.#desk.querySelectorAll("article.row.open").forEach((row) => row.classList.remove("open"));
    if (number) document.getElementById(`row-${number}`)?.classList.add("open");
  }

  /** Opened once in this tab and not changed since: no longer bold, its tick box shows. */
  markSeen(number: string): void {
    const row = number ? document.getElementById(`row-${number}`) : null;
    if (!row) return;
    seen.set(number, row.dataset["version"] ?? "");
    calm(row);
  }

  /** J and K: move the focus by one row. */
  move(by: 1 | -1): void {
    const links = [...this.#desk.querySelectorAll<HTMLElement>("[data-row-link]")];
    const at = links.findIndex((link) => link === document.activeElement || link.closest(".open"));
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  /** X: tick the focused row. */
  tick(): void {
    const box = document.activeElement?.closest("article")?.querySelector<HTMLInputElement>("input[name=pick]");
    box?.click();
  }
}

function htmxProcess(row: HTMLElement): void {
  document.dispatchEvent(new CustomEvent("baileo:process", { detail: row }));
}
