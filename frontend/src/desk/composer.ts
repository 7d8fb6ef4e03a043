/**
 * Reply and note: two panes of one composer, drafts kept per request while the tab lives (never on disk: they may name
 * people), canned replies put in where the cursor is, and a new client id only after the server took the old one.
 */
import { uuid } from "../uuid.ts";

const drafts = new Map<string, string>();

function composer(): HTMLElement | null {
  return document.getElementById("comp");
}

function key(box: HTMLTextAreaElement): string {
  return `${composer()?.dataset["subject"]}:${box.name}:${box.closest<HTMLElement>("[data-pane]")?.dataset["pane"]}`;
}

export function listenForComposer(desk: HTMLElement): void {
  desk.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const tab = target.closest<HTMLElement>("[data-tab]");
    if (tab) choose(tab.dataset["tab"]!);
    const canned = target.closest<HTMLElement>("[data-canned]");
    if (canned) insert(canned.dataset["canned"]!);
  });
  desk.addEventListener("input", (event) => {
    const box = (event.target as Element).closest<HTMLTextAreaElement>("[data-composer]");
    if (box) drafts.set(key(box), box.value);
  });
  document.addEventListener("baileo:sent", () => {
    const pane = composer()?.querySelector<HTMLFormElement>("form[data-pane]:not([hidden])");
    const box = pane?.querySelector<HTMLTextAreaElement>("textarea");
    if (!pane || !box) return;
    drafts.delete(key(box));
    box.value = "";
    const id = pane.querySelector<HTMLInputElement>("[name=client_id]");
    if (id) id.value = uuid();
  });
}

/** A request was opened: bring back what was being written to it. */
export function restoreDrafts(): void {
  composer()?.querySelectorAll<HTMLTextAreaElement>("[data-composer]").forEach((box) => (box.value = drafts.get(key(box)) ?? box.value));
}

function choose(name: string): void {
  composer()?.querySelectorAll<HTMLElement>("[data-pane]").forEach((pane) => (pane.hidden = pane.dataset["pane"] !== name));
  composer()?.querySelectorAll<HTMLElement>("[data-tab]").forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset["tab"] === name)));
  composer()?.querySelector<HTMLElement>(`[data-pane="${name}"] textarea`)?.focus();
}

function insert(text: string): void {
  const box = composer()?.querySelector<HTMLTextAreaElement>("[data-pane=reply] textarea") ?? document.querySelector<HTMLTextAreaElement>("[data-composer]");
  if (!box) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
}
