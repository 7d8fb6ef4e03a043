/**
 * `<baileo-age datetime="2026-11-23T05:05:00Z">3 jam</baileo-age>` keeps an age in words current.
 * `<baileo-clock now="2026-11-23T05:05:00Z" zone="Asia/Jayapura" label="WIT">` is the city's clock,
 * corrected by the server's own "now", because an office PC may be minutes off.
 */
import { word } from "./words.ts";

const MINUTE_MS = 60_000;
const TICK_MS = 15_000;

export type Age = { unit: "now" | "minute" | "hour" | "day"; n: number };

/** One unit, rounded down, as people say it: under a minute now, then minutes, hours, days. */
export function ageOf(milliseconds: number): Age {
  const minutes = Math.floor(Math.max(0, milliseconds) / MINUTE_MS);
  if (minutes < 1) return { unit: "now", n: 0 };
  if (minutes < 60) return { unit: "minute", n: minutes };
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? { unit: "hour", n: hours } : { unit: "day", n: Math.floor(hours / 24) };
}

export function ageInWords(milliseconds: number): string {
  const { unit, n } = ageOf(milliseconds);
  const one = n === 1 && document.documentElement.hasAttribute(`data-word-age-${unit}-one`);
  return word(`age-${unit}${one ? "-one" : ""}`, { n });
}

let offsetMs = 0;

/** How far this machine's clock is behind the server's; the last page or heartbeat tells. */
export function tellServerTime(at: string): void {
  const server = Date.parse(at);
  if (!Number.isNaN(server)) offsetMs = server - Date.now();
}

/** The server's present, in Unix milliseconds. */
export const serverNow = (): number => Date.now() + offsetMs;

abstract class Ticking extends HTMLElement {
  #timer: ReturnType<typeof setInterval> | undefined;
  connectedCallback(): void {
    this.draw();
    this.#timer = setInterval(() => this.draw(), this.everyMs());
  }
  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }
  protected everyMs(): number {
    return TICK_MS;
  }
  abstract draw(): void;
}

export class BaileoAge extends Ticking {
  static observedAttributes = ["datetime"];
  attributeChangedCallback(): void {
    if (this.isConnected) this.draw();
  }
  draw(): void {
    const at = Date.parse(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(at)) return; // the server's words stay
    const words = ageInWords(serverNow() - at);
    const place = this.querySelector("time") ?? this;
    if (place.textContent !== words) place.textContent = words;
  }
}

/** "14.05" in the zone, Indonesian manner: hours and minutes with a dot. */
export function clockTime(at: number, zone: string, withSeconds = false): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? "00";
  return [part("hour"), part("minute"), ...(withSeconds ? [part("second")] : [])].join(".");
}

export class BaileoClock extends Ticking {
  override connectedCallback(): void {
    tellServerTime(this.getAttribute("now") ?? "");
    super.connectedCallback();
  }
  protected override everyMs(): number {
    return 1_000;
  }
  draw(): void {
    const time = clockTime(serverNow(), this.getAttribute("zone") ?? "UTC", this.hasAttribute("seconds"));
    const face = this.querySelector("b") ?? this.querySelector("time");
    if (face) {
      if (face.textContent !== time) face.textContent = time;
      return;
    }
    const label = this.getAttribute("label");
    const words = label ? `${time} ${label}` : time;
    if (this.textContent !== words) this.textContent = words;
  }
}

customElements.define("baileo-age", BaileoAge);
customElements.define("baileo-clock", BaileoClock);
