/**
 * `<baileo-wall snapshot="/wall/snapshot" stream="/stream/">`: fills the server's page with what is true now.
 *
 * Every entry of the stream asks for a new snapshot (folded to a few a second), so the numbers can never drift from the
 * database. When nothing was heard for 30 s the values are taken down and the page says KONEKSI TERPUTUS.
 */
import { icon } from "../icon.ts";
import { connect, type State, type Stream } from "../stream.ts";
import { changed, counts, span, type Card, type Snapshot } from "./snapshot.ts";

const FOLD_MS = 400; // at 50 entries a second the wall redraws twice, not fifty times
const OLD_AFTER_MS = 30_000; // a snapshot older than this is marked although the stream is alive
const SIGNS = { ok: ["circle", "good"], late: ["triangle", "warn"], quiet: ["circle", "soft"], trouble: ["dead", ""], disabled: ["dead", "soft"] } as const;
const URGENCIES = { urgent: ["diamond", "crit"], high: ["square", "warn"], normal: ["circle", "info"] } as const;
type MapElement = HTMLElement & { points: Snapshot["points"]; add(point: Snapshot["points"][number]): void; remove(id: string): void };

export class WallScreen extends HTMLElement {
  #snapshot: Snapshot | undefined;
  #stream: Stream | undefined;
  #fold: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #isBehind = false;
  #readAt = Date.now();
  #askAgain = false;
  #state: State = "live";
  #tick: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const data = document.getElementById("wall-snapshot")?.textContent;
    if (data) this.#draw(JSON.parse(data) as Snapshot);
    const after = this.#snapshot ? { after: this.#snapshot.cursor } : {};
    this.#stream = connect(
      this.getAttribute("stream")!,
      { onEntry: () => this.#refreshSoon(), onReset: async () => (await this.#refresh(), this.#snapshot?.cursor), onState: (state) => this.#setState(state) },
      after,
    );
    this.#tick = setInterval(() => this.#tell(), 1_000);
  }

  disconnectedCallback(): void {
    this.#stream?.close();
    clearInterval(this.#tick);
    clearTimeout(this.#fold);
  }

  #refreshSoon(): void {
    this.#isBehind = true;
    this.#fold ??= setTimeout(() => {
      this.#fold = undefined;
      void this.#refresh();
    }, FOLD_MS);
  }

  async #refresh(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true; // one request at a time: a slow server is not asked faster
      return;
    }
    this.#asking = true;
    try {
      const reply = await fetch(this.getAttribute("snapshot")!, { headers: { Accept: "application/json" } });
      if (reply.status === 403 || reply.redirected) location.reload(); // the device lost its right: the server says so in words
      if (!reply.ok) throw new Error(`snapshot: status ${reply.status}`);
      const next = (await reply.json()) as Snapshot;
      this.#isBehind = this.#askAgain;
      this.#readAt = Date.now();
      this.#draw(next);
    } catch {
      setTimeout(() => this.#refreshSoon(), 2_000 + Math.random() * 2_000);
    } finally {
      this.#asking = false;
      if (this.#askAgain) {
        this.#askAgain = false;
        this.#refreshSoon();
      }
    }
  }

  #setState(state: State): void {
    const back = this.#state === "lost" && state === "live";
    this.#state = state;
    document.body.classList.toggle("is-blind", state === "lost");
    document.body.classList.toggle("is-late", state === "late");
    if (back) this.#refreshSoon();
    this.#tell();
  }

  /** What changes without news: ages, and how long nothing was heard. */
  #tell(): void {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    const now = new Date();
    this.#put("[data-oldest]", snapshot.oldest ? this.#span(snapshot.oldest, now) : [["–", ""]]);
    // What the server has not told otherwise is as true as its last sign of life; what it has told is true when it is read.
    const age = now.getTime() - (this.#isBehind ? this.#readAt : Math.max(this.#readAt, this.#stream?.heardAt ?? 0));
    this.querySelector("[data-age]")!.textContent = this.#words("age").replace("{s}", String(Math.max(0, Math.round(age / 1000))));
    this.classList.toggle("is-old", age > OLD_AFTER_MS && this.#state !== "live");
    if (this.#state === "lost") this.querySelector("[data-attempt]")!.textContent = this.#words("attempt").replace("{n}", String(Math.max(1, this.#stream?.attempt ?? 1)));
    if (this.#state === "lost") this.#put("[data-silence]", [[String(Math.round((now.getTime() - (this.#stream?.heardAt ?? now.getTime())) / 1000)), this.#words("seconds")]]);
    for (const time of this.querySelectorAll<HTMLElement>("[data-since]")) this.#fill(time, this.#span(time.dataset["since"]!, now).slice(0, 1));
  }

  #draw(snapshot: Snapshot): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    this.#text("[data-today]", snapshot.today);
    this.#text("[data-waiting]", snapshot.waiting);
    this.#text("[data-overdue]", snapshot.overdue);
    this.querySelector("[data-overdue-box]")!.classList.toggle("crit", snapshot.overdue > 0);
    this.#rows("[data-states]", snapshot.states, (row, item) => {
      row.querySelector("th")!.textContent = item.label;
      row.querySelector("b")!.textContent = number(item.count);
    });
    this.#rows("[data-channels]", snapshot.channels, (row, item) => {
      row.querySelector("[data-name]")!.textContent = item.name;
      row.querySelector("[data-words]")!.textContent = item.words;
      if (row.dataset["state"] === item.state) return;
      row.dataset["state"] = item.state;
      const [shape, tone] = SIGNS[item.state];
      row.querySelector(".sign")!.replaceChildren(icon(shape, `m s ${tone}`));
    });
    this.#rows("[data-urgent]", snapshot.urgent, (row, item) => void (row.querySelector("span")!.textContent = item));
    this.#rows("[data-latest]", snapshot.latest, (row, item) => {
      row.querySelector("time")!.textContent = this.#clock(item.at);
      row.querySelector(".did")!.textContent = item.did;
      row.querySelector(".soft")!.textContent = item.about;
      slideIn(row, `${item.at} ${item.number}`, before?.latest.map(({ at, number }) => `${at} ${number}`));
    });
    const cards = before?.cards.map((card) => card.number);
    this.#rows("[data-cards]", snapshot.cards, (row, item) => this.#card(row, item, cards));
    this.querySelector<HTMLElement>("[data-quiet]")!.hidden = snapshot.cards.length > 0;
    this.#map(before?.points ?? [], snapshot.points);
    this.#text("[data-unplaced]", snapshot.unplaced);
    this.#tell();
  }

  #card(row: HTMLElement, card: Card, before: string[] | undefined): void {
    row.className = card.urgency;
    slideIn(row, card.number, before);
    const [shape, tone] = URGENCIES[card.urgency];
    row.querySelector(".sign")!.replaceChildren(icon(shape, `m s ${tone}`));
    row.querySelector(".face")!.replaceChildren(icon(card.icon));
    row.querySelector("[data-by]")!.textContent = card.by;
    row.querySelector("[data-number]")!.textContent = card.number;
    row.querySelector("[data-what]")!.textContent = card.what;
    row.querySelector("[data-where]")!.textContent = card.where;
    row.querySelector<HTMLElement>("[data-since]")!.dataset["since"] = card.since;
  }

  #map(before: Snapshot["points"], after: Snapshot["points"]): void {
    const map = this.querySelector<MapElement>("baileo-map");
    if (map) {
      if (before.length) {
        const { gone, come } = changed(before, after);
        gone.forEach((id) => map.remove(id));
        come.forEach((point) => map.add(point));
      } else map.points = after;
    }
    for (const [urgency, n] of Object.entries(counts(after))) this.#text(`[data-count-${urgency}]`, n);
  }

  /** Keep one row per item by cloning the list's <template>; words are set as text, citizens choose some of them. */
  #rows<Item>(selector: string, items: Item[], fill: (row: HTMLElement, item: Item) => void): void {
    const list = this.querySelector<HTMLElement>(selector)!;
    const template = list.querySelector("template")!;
    const rows = [...list.children].filter((child): child is HTMLElement => child !== template && child instanceof HTMLElement);
    items.forEach((item, index) => {
      let row = rows[index];
      if (!row) {
        row = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
        list.append(row);
      }
      fill(row, item);
    });
    rows.slice(items.length).forEach((row) => row.remove());
  }

  #text(selector: string, value: number): void {
    const place = this.querySelector(selector);
    if (place) place.textContent = number(value);
  }

  #put(selector: string, parts: [string, string][]): void {
    const place = this.querySelector<HTMLElement>(selector);
    if (place) this.#fill(place, parts);
  }

  #fill(place: HTMLElement, parts: [string, string][]): void {
    const wanted = parts.flat().join(" ");
    if (place.dataset["shown"] === wanted) return;
    place.dataset["shown"] = wanted;
    place.replaceChildren(
      ...parts.flatMap(([value, unit], index) => {
        const small = document.createElement("small");
        small.textContent = unit ? ` ${unit}` : "";
        return [document.createTextNode(index ? ` ${value}` : value), small];
      }),
    );
  }

  #span(from: string, now: Date): [string, string][] {
    return span(from, now, { day: this.#words("day"), hour: this.#words("hour"), minute: this.#words("minute") });
  }

  #words(name: string): string {
    return this.getAttribute(`data-word-${name}`) ?? "";
  }

  #clock(at: string): string {
    const format = new Intl.DateTimeFormat("id", { hour: "2-digit", minute: "2-digit", timeZone: this.getAttribute("zone")! });
    return format.format(new Date(at)).replace(":", ".");
  }
}

/** Once, when it was not there before; a row that only moved stays calm. */
function slideIn(row: HTMLElement, key: string, before: string[] | undefined): void {
  if (before === undefined || before.includes(key) || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  row.animate([{ opacity: 0, transform: "translateY(-1.2rem)" }, { opacity: 1, transform: "none" }], { duration: 400, easing: "cubic-bezier(0.2, 0, 0, 1)" });
}

function number(value: number): string {
  return new Intl.NumberFormat("id").format(value);
}

customElements.define("baileo-wall", WallScreen);
