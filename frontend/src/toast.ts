/** `toast("Tersimpan")`: one short sentence at the foot of the page, with an undo when there is one. */
import { word } from "./words.ts";

export type ToastOptions = { error?: boolean; undo?: () => void; undoWord?: string; forMs?: number };
const QUIET_MS = 5_000;
const UNDO_MS = 10_000;

function shelf(): HTMLElement {
  const found = document.getElementById("toasts");
  if (found) return found;
  const made = document.createElement("ul");
  made.id = "toasts";
  made.className = "toasts";
  made.setAttribute("aria-live", "polite");
  document.body.append(made);
  return made;
}

function button(text: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

/** Shows it and gives back how to take it down. Errors stay until they are closed. */
export function toast(text: string, options: ToastOptions = {}): () => void {
  const item = document.createElement("li");
  item.className = options.error ? "toast error" : "toast";
  const said = document.createElement("span");
  said.textContent = text;
  item.append(said);
  const gone = (): void => item.remove();
  const { undo } = options;
  if (undo) item.append(button(options.undoWord ?? word("undo"), () => (gone(), undo())));
  if (options.error) {
    item.setAttribute("role", "alert");
    item.append(button(word("close"), gone));
  } else {
    setTimeout(gone, options.forMs ?? (undo ? UNDO_MS : QUIET_MS));
  }
  shelf().append(item);
  return gone;
}

/** Messages that came with the page leave like the others. */
export function dismissServed(root: ParentNode = document): void {
  for (const item of root.querySelectorAll<HTMLElement>("#toasts > .toast")) {
    if (item.classList.contains("error")) item.append(button(word("close"), () => item.remove()));
    else setTimeout(() => item.remove(), QUIET_MS);
  }
}
