import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ageInWords, ageOf, clockTime, serverNow, tellServerTime } from "./age.ts";

const NOON = "2026-11-23T05:05:00Z"; // 14.05 in Ambon
const html = document.documentElement;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(NOON) });
  tellServerTime(NOON);
  const words = { "age-now": "baru saja", "age-minute": "{n} mnt", "age-hour": "{n} jam", "age-day": "{n} hari" };
  for (const [name, word] of Object.entries(words)) html.setAttribute(`data-word-${name}`, word);
});
/** Parsed first and attached whole, as a browser does with deferred scripts and with htmx. */
function shown(markup: string): HTMLElement {
  const made = document.createElement("div");
  made.innerHTML = markup;
  document.body.append(made);
  return made.firstElementChild as HTMLElement;
}
afterEach(() => {
  html.removeAttribute("data-word-age-day-one");
  document.body.replaceChildren();
  vi.useRealTimers();
});

describe("ages in words", () => {
  it.each([
    [59_000, "baru saja"], [60_000, "1 mnt"], [59 * 60_000, "59 mnt"], [60 * 60_000, "1 jam"],
    [23.9 * 3_600_000, "23 jam"], [24 * 3_600_000, "1 hari"], [-5_000, "baru saja"],
  ])("%i ms is %s", (ms, words) => expect(ageInWords(ms)).toBe(words));

  it("uses the word for one where the language has one", () => {
    html.setAttribute("data-word-age-day-one", "{n} day");
    html.setAttribute("data-word-age-day", "{n} days");
    expect([1, 2].map((n) => ageInWords(n * 86_400_000))).toEqual(["1 day", "2 days"]);
  });
  it("rounds down: nothing is older than it is", () => expect(ageOf(119_999)).toEqual({ unit: "minute", n: 1 }));
});

describe("<baileo-age>", () => {
  it("grows older while the page is open and keeps its <time>", () => {
    const age = shown('<baileo-age datetime="2026-11-23T05:04:30Z"><time datetime="x">?</time></baileo-age>');
    expect(age.textContent).toBe("baru saja");
    vi.advanceTimersByTime(3 * 60_000);
    expect(age.querySelector("time")?.textContent).toBe("3 mnt");
  });
  it("leaves the server's words when the time makes no sense", () => {
    expect(shown('<baileo-age datetime="kemarin">3 jam</baileo-age>').textContent).toBe("3 jam");
  });
  it("stops when it is taken off the page", () => {
    const age = shown('<baileo-age datetime="2026-11-23T05:05:00Z"></baileo-age>');
    age.remove();
    vi.advanceTimersByTime(600_000);
    expect(age.textContent).toBe("baru saja");
  });
  it("believes the server and not an office PC with a wrong clock", () => {
    tellServerTime("2026-11-23T05:15:00Z");
    expect(serverNow() - Date.now()).toBe(600_000);
    expect(shown('<baileo-age datetime="2026-11-23T05:05:00Z"></baileo-age>').textContent).toBe("10 mnt");
  });
  it("ignores a server time it cannot read", () => {
    tellServerTime("");
    expect(serverNow()).toBe(Date.parse(NOON));
  });
});

describe("<baileo-clock>", () => {
  it("shows the city's time with a dot, whatever zone the PC is in", () => {
    expect(clockTime(Date.parse(NOON), "Asia/Jayapura")).toBe("14.05");
    expect(clockTime(Date.parse(NOON), "Asia/Jakarta", true)).toBe("12.05.00");
    expect(clockTime(Date.parse("2026-11-22T15:00:00Z"), "Asia/Jayapura")).toBe("00.00");
  });
  it("runs, and leaves the words around its face alone", () => {
    shown(`<baileo-clock now="${NOON}" zone="Asia/Jayapura"><b>14.05</b> <i>WIT</i></baileo-clock>`);
    vi.advanceTimersByTime(60_000);
    expect(document.body.textContent).toBe("14.06 WIT");
  });
  it("writes its label where the page gives no face", () => {
    shown(`<baileo-clock now="${NOON}" zone="Asia/Jayapura" label="WIT"></baileo-clock>`);
    expect(document.body.textContent).toBe("14.05 WIT");
  });
});
