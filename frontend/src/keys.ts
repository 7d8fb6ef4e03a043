/**
 * Keyboard shortcuts, declared in the page: `<button data-key="v">Verifikasi <kbd>V</kbd></button>`.
 * Pressing the key clicks the element (fields are focused), so a shortcut can do nothing that a finger
 * cannot. Single keys are ignored while typing, with modifiers and behind an open sheet. The sheet of
 * keys (`?`) is made from what is on the page; `data-key-label` names a key where the text does not.
 */
const TYPING = "input:not([type=checkbox],[type=radio],[type=button],[type=submit]),textarea,select,[contenteditable]:not([contenteditable=false])";

export type Shortcut = { key: string; label: string; element: HTMLElement };

/** "v", "ctrl+enter", "?", "escape": how `data-key` writes what was pressed. */
export function keyName(event: KeyboardEvent): string {
  const name = event.key === " " ? "space" : event.key.toLowerCase();
  const strong = [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : ""];
  return [...strong.filter(Boolean), name].join("+");
}

export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

function isUsable(element: HTMLElement): boolean {
  if (element.matches(":disabled,[aria-disabled=true]") || element.closest("[hidden]")) return false;
  const menu = element.closest("details.menu:not([open])"); // its keys work while it is closed
  return (menu ?? element).checkVisibility?.() ?? true;
}

/** The element that a key means now: inside an open sheet only what is in it. */
export function elementFor(key: string, root: ParentNode = document): HTMLElement | undefined {
  const sheet = document.querySelector("dialog[open]");
  const found = (sheet ?? root).querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  return [...found].find(isUsable);
}

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const key = keyName(event);
  if (!key.startsWith("ctrl+") && key !== "escape" && isTyping(event.target)) return;
  const element = elementFor(key);
  if (!element) return;
  event.preventDefault();
  if (element.matches(TYPING)) element.focus();
  else element.click();
}

export function shortcuts(root: ParentNode = document): Shortcut[] {
  const seen = new Map<string, Shortcut>();
  for (const element of root.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = element.dataset["key"] ?? "";
    if (key && !seen.has(key) && isUsable(element)) seen.set(key, { key, label: labelOf(element), element });
  }
  // keys that mean a row and not one button: said on the page, done by its own script
  for (const element of root.querySelectorAll<HTMLElement>("[data-keys-said]")) {
    const key = element.dataset["keysSaid"] ?? "";
    seen.set(key, { key, label: element.dataset["keyLabel"] ?? "", element });
  }
  return [...seen.values()];
}

function labelOf(element: HTMLElement): string {
  const given = element.dataset["keyLabel"] ?? element.getAttribute("aria-label");
  if (given) return given;
  if (element instanceof HTMLInputElement) return element.placeholder;
  const copy = element.cloneNode(true) as HTMLElement;
  for (const mark of copy.querySelectorAll("kbd,.n,svg")) mark.remove();
  return textsOf(copy).join(" ").replace(/\s+/g, " ").trim();
}

/** Words of neighbouring blocks, which `textContent` would glue together. */
function textsOf(node: Node): string[] {
  return [...node.childNodes].flatMap((child) => (child.nodeType === Node.TEXT_NODE ? [child.textContent ?? ""] : textsOf(child)));
}

/** How a key is printed: Ctrl Enter, V, Esc. */
export function keyFace(key: string): string {
  const face = (part: string): string => ({ escape: "Esc", arrowup: "↑", arrowdown: "↓" })[part] ?? (part.length === 1 ? part.toUpperCase() : part[0]!.toUpperCase() + part.slice(1));
  return key === "+" ? "+" : key.split("+").map(face).join(" ");
}

export function fillKeysSheet(list: Element, root: ParentNode = document): void {
  list.replaceChildren(...shortcuts(root).map(({ key, label }) => {
    const item = document.createElement("li");
    const face = document.createElement("kbd");
    face.textContent = keyFace(key);
    item.append(label, face);
    return item;
  }));
}

export function listenForKeys(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest('[data-sheet="keys"]');
    const list = opener && document.querySelector("#keys [data-keys]");
    if (list) fillKeysSheet(list);
  }, { capture: true }); // before the sheet opens and hides the page from `isUsable`
}
