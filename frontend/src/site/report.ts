/**
 * `<form data-report>`: the report form with photos made small, a point from the map or the phone, and a promise kept:
 * what was written is on the phone before it is sent, and goes by itself when the signal returns.
 * Without JavaScript the same form is an ordinary upload.
 */
import { body, forget, keep, waiting, type Waiting } from "./waiting.ts";
import { shrink } from "./photo.ts";
import { uuid } from "../uuid.ts";

const MOST_PHOTOS = 5;

class ReportPage {
  readonly #form: HTMLFormElement;
  readonly #photos: Blob[] = [];
  #sending = false;

  constructor(form: HTMLFormElement) {
    this.#form = form;
    form.addEventListener("submit", (event) => this.#submit(event));
    this.#input("photos").addEventListener("change", () => void this.#addPhotos());
    form.querySelectorAll<HTMLInputElement>("input[name=who]").forEach((radio) => radio.addEventListener("change", () => this.#explain()));
    form.querySelector("baileo-map")?.addEventListener("pick", (event) => this.#point((event as CustomEvent<{ lon: number; lat: number }>).detail));
    this.#locateButton();
    this.#suggestPlaces();
    addEventListener("online", () => void this.sendWaiting());
    addEventListener("offline", () => this.#tellOffline());
    this.#tellOffline();
    this.#explain();
    void this.sendWaiting();
  }

  #input(name: string): HTMLInputElement {
    return this.#form.elements.namedItem(name) as HTMLInputElement;
  }

  #words(name: string): string {
    return this.#form.getAttribute(`data-word-${name}`) ?? "";
  }

  #explain(): void {
    const chosen = this.#form.querySelector<HTMLInputElement>("input[name=who]:checked")?.value;
    this.#form.querySelectorAll<HTMLElement>("[data-why]").forEach((line) => (line.hidden = line.dataset["why"] !== chosen));
  }

  #tellOffline(): void {
    this.#form.querySelector<HTMLElement>("[data-off]")!.hidden = navigator.onLine;
  }

  async #addPhotos(): Promise<void> {
    const input = this.#input("photos");
    for (const file of [...(input.files ?? [])].slice(0, MOST_PHOTOS - this.#photos.length)) this.#show(await shrink(file));
    input.value = ""; // the small copies are sent instead
  }

  #show(photo: Blob): void {
    this.#photos.push(photo);
    const figure = document.createElement("figure");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(photo);
    image.alt = "";
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", this.#words("remove"));
    remove.addEventListener("click", () => {
      this.#photos.splice(this.#photos.indexOf(photo), 1);
      URL.revokeObjectURL(image.src);
      figure.remove();
    });
    figure.append(image, remove);
    this.#form.querySelector("[data-shots]")!.prepend(figure);
  }

  #point({ lon, lat }: { lon: number; lat: number }, accuracy_m = ""): void {
    this.#input("lon").value = lon.toFixed(6);
    this.#input("lat").value = lat.toFixed(6);
    this.#input("accuracy_m").value = accuracy_m;
  }

  #locateButton(): void {
    const button = this.#form.querySelector<HTMLButtonElement>("[data-locate]");
    if (!button || !("geolocation" in navigator) || !isSecureContext) return;
    button.hidden = false;
    button.addEventListener("click", () =>
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          this.#point({ lon: coords.longitude, lat: coords.latitude }, String(Math.round(coords.accuracy)));
          const map = this.#form.querySelector("baileo-map");
          map?.setAttribute("lon", String(coords.longitude));
          map?.setAttribute("lat", String(coords.latitude));
          this.#input("place_text").placeholder = this.#words("located").replace("{m}", String(Math.round(coords.accuracy)));
        },
        () => this.#input("place_text").focus(),
        { enableHighAccuracy: true, timeout: 10_000 },
      ),
    );
  }

  #suggestPlaces(): void {
    const list = this.#form.querySelector("datalist")!;
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#input("place_text").addEventListener("input", ({ target }) => {
      clearTimeout(timer);
      const text = (target as HTMLInputElement).value.trim();
      if (text.length < 3) return;
      timer = setTimeout(async () => {
        const reply = await fetch(`/tempat/?q=${encodeURIComponent(text)}`).catch(() => undefined);
        if (!reply?.ok) return;
        const places = (await reply.json()) as { name: string }[];
        list.replaceChildren(...places.map(({ name }) => Object.assign(document.createElement("option"), { value: name })));
      }, 300);
    });
  }

  #submit(event: SubmitEvent): void {
    if (!("indexedDB" in window)) return; // the browser sends it the plain way
    event.preventDefault();
    if (!this.#form.reportValidity() || this.#sending) return;
    void this.#keepAndSend();
  }

  async #keepAndSend(): Promise<void> {
    const report: Waiting = {
      id: this.#input("submission_id").value,
      savedAt: new Date().toISOString(),
      fields: [...new FormData(this.#form)].filter((pair): pair is [string, string] => typeof pair[1] === "string"),
      photos: [...this.#photos],
    };
    try {
      await keep(report);
    } catch {
      // private mode or a full phone: send without keeping
      await this.#send(report, true);
      return;
    }
    if (!(await this.#send(report, true)) && !this.#form.querySelector(".error")) this.#clear();
  }

  /** The report is kept on the phone; the form is free for the next one. */
  #clear(): void {
    this.#form.reset();
    this.#photos.length = 0;
    this.#form.querySelectorAll("[data-shots] figure").forEach((figure) => figure.remove());
    for (const name of ["lon", "lat", "accuracy_m"]) this.#input(name).value = "";
    this.#input("submission_id").value = uuid();
    this.#explain();
  }

  /** True when the server has the report. A refusal (422) gives the page back with its reasons. */
  async #send(report: Waiting, isThisForm: boolean): Promise<boolean> {
    this.#sending = true;
    const button = this.#form.querySelector<HTMLButtonElement>(".send")!;
    const label = button.textContent;
    if (isThisForm) button.textContent = this.#words("sending");
    try {
      const reply = await fetch(this.#form.action, { method: "POST", body: body(report, this.#input("csrfmiddlewaretoken").value) });
      if (reply.status === 422) {
        await forget(report.id).catch(() => undefined);
        if (isThisForm) this.#replacePage(await reply.text());
        return false;
      }
      if (!reply.ok) throw new Error(`status ${reply.status}`);
      await forget(report.id).catch(() => undefined);
      if (isThisForm) location.assign(reply.url);
      return true;
    } catch {
      if (isThisForm) {
        this.#form.querySelector<HTMLElement>("[data-off]")!.hidden = false;
        button.textContent = label;
      }
      return false;
    } finally {
      this.#sending = false;
      void this.#listWaiting();
    }
  }

  #replacePage(html: string): void {
    const page = new DOMParser().parseFromString(html, "text/html");
    this.#form.querySelectorAll(".error").forEach((line) => line.remove());
    for (const error of page.querySelectorAll("form[data-report] .error")) {
      const name = error.parentElement?.querySelector<HTMLInputElement>("[name]")?.name;
      const field = name && this.#form.querySelector(`[name="${name}"]`);
      if (field) field.after(document.importNode(error, true));
    }
    this.#form.querySelector<HTMLElement>(".error")?.scrollIntoView({ block: "center" });
    this.#form.querySelector<HTMLButtonElement>(".send")!.textContent = page.querySelector(".send")?.textContent ?? "";
  }

  async sendWaiting(): Promise<void> {
    this.#tellOffline();
    await this.#listWaiting();
    if (!navigator.onLine) return;
    for (const report of await waiting().catch(() => [])) if (!(await this.#send(report, false))) break;
  }

  async #listWaiting(): Promise<void> {
    const box = document.querySelector<HTMLElement>("[data-outbox]");
    if (!box) return;
    const reports = await waiting().catch(() => []);
    box.hidden = reports.length === 0;
    box.querySelector("ul")!.replaceChildren(
      ...reports.map((report) => {
        const line = document.createElement("li");
        line.textContent = (report.fields.find(([name]) => name === "text")?.[1] ?? "").slice(0, 80);
        return line;
      }),
    );
  }
}

export function start(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-report]");
  if (form) new ReportPage(form);
}
