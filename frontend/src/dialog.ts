/**
 * Sheets are native `<dialog class="sheet">`: focus is kept inside and given back by the browser.
 * In markup: `data-sheet="id"` opens `<dialog id="id">`, `data-close` closes the one around it, a tap
 * beside the sheet closes it unless it says `data-keep` (a form that should not vanish).
 */
export function openSheet(sheet: HTMLDialogElement): void {
  if (sheet.open) return;
  sheet.showModal();
  sheet.querySelector<HTMLElement>(".sheet-body :is(input:not([type=hidden]), select, textarea)")?.focus();
}

export function listenForSheets(root: Document | HTMLElement = document): void {
  root.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-sheet]");
    const sheet = opener && document.getElementById(opener.dataset["sheet"] ?? "");
    if (sheet instanceof HTMLDialogElement) return openSheet(sheet);
    if (target.closest("[data-close]")) return target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement && !("keep" in target.dataset)) target.close();
  });
}
