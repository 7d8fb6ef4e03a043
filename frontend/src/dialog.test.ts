import { beforeEach, describe, expect, it } from "vitest";
import { listenForSheets, openSheet } from "./dialog.ts";

let sheet: HTMLDialogElement;
beforeEach(() => {
  document.body.innerHTML = '<main><button data-sheet="keys">?</button><dialog class="sheet" id="keys"><header><button data-close>x</button></header><p>isi</p></dialog></main>';
  sheet = document.querySelector("dialog")!;
  listenForSheets(document.querySelector("main")!);
});
const click = (selector: string): void => document.querySelector<HTMLElement>(selector)!.click();

describe("sheets", () => {
  it("open from markup alone", () => {
    click("[data-sheet]");
    expect(sheet.open).toBe(true);
  });
  it("opening one that is open changes nothing", () => {
    openSheet(sheet);
    expect(() => openSheet(sheet)).not.toThrow();
  });
  it("close by their cross and by a tap beside them, not by a tap inside", () => {
    openSheet(sheet);
    click("dialog p");
    expect(sheet.open).toBe(true);
    click("[data-close]");
    expect(sheet.open).toBe(false);
    openSheet(sheet);
    sheet.click();
    expect(sheet.open).toBe(false);
  });
  it("keep a half-filled form when a finger slips", () => {
    sheet.dataset["keep"] = "";
    openSheet(sheet);
    sheet.click();
    expect(sheet.open).toBe(true);
  });
});
