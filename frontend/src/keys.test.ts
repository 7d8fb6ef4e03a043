import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { elementFor, fillKeysSheet, keyFace, keyName, onKey, shortcuts } from "./keys.ts";

let clicked: string[];

beforeEach(() => {
  clicked = [];
  document.body.innerHTML = `
    <button id="verify" data-key="v">Verifikasi <kbd>V</kbd></button>
    <a id="open" href="#x" data-key="ctrl+enter" data-key-label="Kirim">→</a>
    <button id="off" data-key="x" disabled>Mati</button>
    <div hidden><button data-key="h">Tersembunyi</button></div>
    <input id="find" data-key="/" placeholder="Cari">
    <textarea id="reply"></textarea><input type="checkbox" id="tick">`;
  for (const element of document.querySelectorAll<HTMLElement>("button,a")) element.addEventListener("click", () => clicked.push(element.id));
  document.addEventListener("keydown", onKey);
});
afterEach(() => document.removeEventListener("keydown", onKey));

function press(key: string, on: Element = document.body, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  on.dispatchEvent(event);
  return event;
}
const by = (id: string): HTMLElement => document.getElementById(id)!;

describe("shortcuts", () => {
  it("click what they are written on", () => {
    expect(press("v").defaultPrevented).toBe(true);
    expect(clicked).toEqual(["verify"]);
  });
  it("are off while a person is typing", () => {
    press("v", by("reply"));
    press("v", by("find"));
    expect(clicked).toEqual([]);
  });
  it("work from a ticked box: ticking is not typing", () => {
    press("v", by("tick"));
    expect(clicked).toEqual(["verify"]);
  });
  it("leave the browser's own combinations alone", () => {
    expect(press("v", document.body, { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(press("v", document.body, { altKey: true }).defaultPrevented).toBe(false);
    expect(clicked).toEqual([]);
  });
  it("send with Ctrl Enter also while typing", () => {
    press("Enter", by("reply"), { ctrlKey: true });
    expect(clicked).toEqual(["open"]);
  });
  it("do not fire again while the key is held, nor while a word is being composed", () => {
    press("v", document.body, { repeat: true });
    press("v", document.body, { isComposing: true });
    expect(clicked).toEqual([]);
  });
  it("ignore what is disabled or hidden", () => {
    press("x");
    press("h");
    expect(clicked).toEqual([]);
  });
  it("bring the person to a field instead of clicking it", () => {
    press("/");
    expect(document.activeElement).toBe(by("find"));
  });
  it("reach only into an open sheet, never behind it", () => {
    document.body.insertAdjacentHTML("beforeend", '<dialog open><button id="inside" data-key="t">T</button></dialog>');
    expect(elementFor("v")).toBeUndefined();
    expect(elementFor("t")?.id).toBe("inside");
  });
});

describe("the sheet of keys", () => {
  it("lists what is on the page, by its own words", () => {
    expect(shortcuts().map(({ key, label }) => [key, label])).toEqual([["v", "Verifikasi"], ["ctrl+enter", "Kirim"], ["/", "Cari"]]);
  });
  it("keeps the words of a button with several lines apart", () => {
    document.body.innerHTML = '<button data-key="1"><b>Got tersumbat</b><span>Dinas PUPR</span><kbd>1</kbd></button>';
    expect(shortcuts()[0]?.label).toBe("Got tersumbat Dinas PUPR");
  });
  it("is filled with one line per key", () => {
    const list = document.createElement("ul");
    fillKeysSheet(list);
    expect([...list.children].map((item) => item.textContent)).toEqual(["VerifikasiV", "KirimCtrl Enter", "Cari/"]);
  });
  it("prints keys as people read them", () => {
    expect(["escape", "ctrl+enter", "v", "?", "arrowdown"].map(keyFace)).toEqual(["Esc", "Ctrl Enter", "V", "?", "↓"]);
  });
  it("names what was pressed the way the page writes it", () => {
    expect(keyName(new KeyboardEvent("keydown", { key: "Enter", metaKey: true }))).toBe("ctrl+enter");
    expect(keyName(new KeyboardEvent("keydown", { key: "?", shiftKey: true }))).toBe("?");
    expect(keyName(new KeyboardEvent("keydown", { key: " " }))).toBe("space");
  });
});
