import { beforeEach, expect, it } from "vitest";
import { uuid } from "../uuid.ts";
import { listenForComposer, restoreDrafts } from "./composer.ts";

const page = (number: string): string => `<div id="comp" data-subject="${number}"><button data-tab="reply"></button><button data-tab="note"></button>
  <form data-pane="reply"><input name="client_id" value="first"><textarea name="text" data-composer></textarea><button type="button" data-canned="Terima kasih."></button></form>
  <form data-pane="note" hidden><textarea name="text" data-composer></textarea></form></div>`;
let desk: HTMLElement;
const box = (pane: string): HTMLTextAreaElement => desk.querySelector<HTMLTextAreaElement>(`[data-pane=${pane}] textarea`)!;

beforeEach(() => {
  document.body.innerHTML = "<div id='desk'></div>";
  desk = document.getElementById("desk")!;
  desk.innerHTML = page("2026-000001");
  listenForComposer(desk);
});

it("shows one pane at a time", () => {
  desk.querySelector<HTMLElement>("[data-tab=note]")!.click();
  expect([...desk.querySelectorAll<HTMLElement>("[data-pane]")].map(({ hidden }) => hidden)).toEqual([true, false]);
});

it("keeps a draft per request and brings it back", () => {
  box("reply").value = "Ibu Oca, laporan";
  box("reply").dispatchEvent(new Event("input", { bubbles: true }));
  desk.innerHTML = page("2026-000002");
  restoreDrafts();
  expect(box("reply").value).toBe("");
  desk.innerHTML = page("2026-000001");
  restoreDrafts();
  expect(box("reply").value).toBe("Ibu Oca, laporan");
});

it("takes a new client id only after the server took the message", () => {
  box("reply").value = "Siap";
  document.dispatchEvent(new CustomEvent("baileo:sent"));
  expect(box("reply").value).toBe("");
  expect(desk.querySelector<HTMLInputElement>("[name=client_id]")!.value).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
});

it("puts a canned reply where the cursor is", () => {
  desk.querySelector<HTMLElement>("[data-canned]")!.click();
  expect(box("reply").value).toBe("Terima kasih.");
});

it("makes version 4 ids that differ", () => {
  expect(uuid()).not.toBe(uuid());
});
