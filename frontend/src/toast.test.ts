import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dismissServed, toast } from "./toast.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});
const shown = (): string[] => [...document.querySelectorAll("#toasts .toast > span")].map((item) => item.textContent ?? "");

describe("toasts", () => {
  it("say one thing and leave", () => {
    toast("Tersimpan");
    expect(shown()).toEqual(["Tersimpan"]);
    vi.advanceTimersByTime(5_000);
    expect(shown()).toEqual([]);
  });
  it("stay longer when there is an undo, and take it once", () => {
    const undo = vi.fn();
    toast("Ditutup", { undo, undoWord: "Batalkan" });
    vi.advanceTimersByTime(9_000);
    document.querySelector<HTMLButtonElement>("#toasts button")?.click();
    expect(undo).toHaveBeenCalledOnce();
    expect(shown()).toEqual([]);
  });
  it("keep an error until a person has closed it", () => {
    toast("Gagal", { error: true });
    vi.advanceTimersByTime(600_000);
    expect(shown()).toEqual(["Gagal"]);
    document.querySelector<HTMLButtonElement>("#toasts button")?.click();
    expect(shown()).toEqual([]);
  });
  it("never read words as markup: some come from citizens", () => {
    toast("<img src=x>");
    expect(document.querySelector("#toasts img")).toBeNull();
    expect(shown()).toEqual(["<img src=x>"]);
  });
  it("can be taken down by whoever put them up", () => {
    toast("Sedang dikirim")();
    expect(shown()).toEqual([]);
  });
  it("also end the messages that came with the page, but not its errors", () => {
    document.body.innerHTML = '<ul id="toasts"><li class="toast success"><span>Masuk</span></li><li class="toast error"><span>Salah</span></li></ul>';
    dismissServed();
    vi.advanceTimersByTime(60_000);
    expect(shown()).toEqual(["Salah"]);
  });
});
