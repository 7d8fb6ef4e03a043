/** What only the desk does: one stream keeps queues, list and the open request true while officers work in them. */
import { htmx } from "../htmx.ts";
import { showState } from "../live.ts";
import { connect, type Entry } from "../stream.ts";
import { toast } from "../toast.ts";
import { listenForComposer, restoreDrafts } from "./composer.ts";
import { fold } from "./fold.ts";
import { RequestList } from "./list.ts";
import { PresenceSign } from "./presence.ts";

const ROWS_EVERY_MS = 120;
const NAV_EVERY_MS = 700;
const OPEN_EVERY_MS = 250;

function openNumber(): string {
  return document.getElementById("rh")?.dataset["subject"] ?? "";
}

function isNews(entry: Entry): boolean {
  return /^(service_request|message|attachment|channel_account)\./.test(entry.kind);
}

function start(desk: HTMLElement): void {
  const list = new RequestList(desk);
  const presence = new PresenceSign(desk);
  listenForComposer(desk);

  const refreshRows = fold<string>(ROWS_EVERY_MS, (numbers) => list.refresh(numbers));
  const refreshNav = fold<void>(NAV_EVERY_MS, async () => void (await swap(desk.dataset["navUrl"] ?? "", "queues")));
  const refreshOpen = fold<void>(OPEN_EVERY_MS, async () => {
    const number = openNumber();
    // an open sheet keeps the version its officer saw: the server then says that somebody was faster
    if (number && !document.querySelector("dialog[open]")) await htmx.ajax("get", `/desk/r/${number}/live/`, { target: "#rh", swap: "none" });
  });

  const refreshLoose = fold<void>(NAV_EVERY_MS, () => loadLoose(desk));

  const onEntry = (entry: Entry): void => {
    if (!isNews(entry)) return;
    refreshNav();
    if (desk.dataset["looseUrl"] && /^(message|conversation)\./.test(entry.kind)) refreshLoose();
    if (entry.kind.startsWith("service_request.") && entry.subject) refreshRows(entry.subject);
    if (!entry.kind.startsWith("service_request.") || entry.subject === openNumber()) refreshOpen();
  };
  connect(
    "/stream/",
    {
      onEntry,
      onPresence: (said) => presence.hear(said),
      onState: (state) => showState(state),
      onReset: () => anew(desk, () => refreshOpen()),
    },
    desk.dataset["cursor"] ? { after: desk.dataset["cursor"] } : {},
  );

  const opened = (): void => {
    presence.watch(openNumber());
    list.markOpen(openNumber());
    desk.dataset["view"] = openNumber() ? "one" : (desk.dataset["view"] ?? "list");
    restoreDrafts();
    list.markSeen(openNumber());
    toEnd();
  };
  document.addEventListener("htmx:afterSettle", (event) => (event.target as HTMLElement).id === "isi" && opened());
  document.addEventListener("htmx:afterRequest", (event) => answered(event as CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>));
  document.addEventListener("close", () => refreshOpen(), { capture: true }); // what happened while a sheet was open
  document.addEventListener("htmx:xhr:progress", (event) => {
    const { detail, target } = event as CustomEvent<{ lengthComputable: boolean; loaded: number; total: number }>;
    const bar = (target as Element).querySelector?.("progress");
    if (bar && detail.lengthComputable) [bar.hidden, bar.value] = [false, detail.loaded / detail.total];
  });
  document.addEventListener("baileo:process", (event) => htmx.process((event as CustomEvent<HTMLElement>).detail));
  document.addEventListener("baileo:toast", (event) => toast(words(event)));
  document.addEventListener("baileo:assigned", (event) => {
    toast(words(event));
    list.unpick();
  });
  desk.addEventListener("click", (event) => click(event, desk));
  document.addEventListener("keydown", (event) => keys(event, list));
  desk.addEventListener("pick", (event) => fillPoint(event as CustomEvent<{ lon: number; lat: number }>));
  opened();
}

/** Reads a pane anew and gives back the cursor it is true for. A pane with the focus in it is left alone. */
async function swap(url: string, id: string): Promise<string | undefined> {
  if (!url) return undefined;
  const place = document.getElementById(id);
  const query = document.getElementById("desk")?.dataset["query"] ?? "";
  const reply = await fetch(`${url}?${query}`, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!reply?.ok) return undefined;
  const cursor = reply.headers.get("Baileo-Cursor") ?? undefined;
  if (!place || place.contains(document.activeElement)) return cursor;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  place.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
  htmx.process(place);
  return cursor;
}

function words(event: Event): string {
  return (event as CustomEvent<{ words: string }>).detail.words;
}

/** A sheet closes when its deed is done. Refused, it stays with what was typed and says why. */
function answered({ detail: { xhr, elt } }: CustomEvent<{ xhr: XMLHttpRequest; elt: HTMLElement }>): void {
  const sheet = elt.closest("dialog");
  if (!sheet || !elt.matches("[data-closes]")) return;
  sheet.querySelector("[data-refused]")?.remove();
  if (xhr.status < 300) return sheet.close();
  const why = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".conflict span")?.textContent;
  if (!why) return;
  const line = document.createElement("p");
  line.className = "message error";
  line.dataset["refused"] = "";
  line.setAttribute("role", "alert");
  line.textContent = why;
  elt.querySelector(".sheet-body")?.prepend(line);
}

/** The newest words are what one came for. */
function toEnd(): void {
  const thread = document.getElementById("thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
}

/** Too much was missed: everything around the composer is read anew, from a cursor that was taken first. */
async function anew(desk: HTMLElement, refreshOpen: () => void): Promise<string | undefined> {
  const cursor = await swap(desk.dataset["navUrl"] ?? "", "queues");
  if (desk.dataset["listUrl"]) await swap(desk.dataset["listUrl"], "list");
  if (desk.dataset["looseUrl"]) await loadLoose(desk);
  refreshOpen();
  return cursor;
}

/** The page of talks without a request: its list and the open talk, not what is being written. */
async function loadLoose(desk: HTMLElement): Promise<void> {
  const reply = await fetch(desk.dataset["looseUrl"]!).catch(() => undefined);
  if (!reply?.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const id of ["list", "thread"]) {
    const [now, next] = [document.getElementById(id), page.getElementById(id)];
    if (now && next) now.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
  }
  toEnd();
}

function click(event: MouseEvent, desk: HTMLElement): void {
  const target = event.target as Element;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(target) || target.closest("details.menu > div button, details.menu > div a")) menu.open = false;
  }
  if (target.closest("[data-dismiss]")) target.closest(".conflict")?.remove();
  if (target.closest("[data-reload]")) void htmx.ajax("get", `/desk/r/${openNumber()}/live/`, { target: "#rh", swap: "none" });
  if (target.closest("[data-back]") && matchMedia("(max-width: 899px)").matches) {
    event.preventDefault();
    desk.dataset["view"] = "list";
  }
}

function keys(event: KeyboardEvent, list: RequestList): void {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if ((event.target as Element).closest("input:not([type=checkbox]),textarea,select")) return;
  if (event.key === "j") list.move(1);
  else if (event.key === "k") list.move(-1);
  else if (event.key === "x" && document.activeElement?.closest("article.row")) {
    event.preventDefault();
    list.tick();
  }
}

function fillPoint({ target, detail }: CustomEvent<{ lon: number; lat: number }>): void {
  const form = (target as Element).closest("form");
  if (!form || !(target as Element).hasAttribute("data-fills")) return;
  for (const [name, value] of [["lon_deg", detail.lon], ["lat_deg", detail.lat]] as const) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = value.toFixed(6);
  }
}

const desk = document.getElementById("desk");
if (desk) start(desk);
