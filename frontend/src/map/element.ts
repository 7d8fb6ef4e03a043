/**
 * `<baileo-map areas="/peta/wilayah.json" points="/meja/titik.json" land interactive>`: the city.
 *
 * Attributes: `areas`, `points` (URLs), `lon` `lat` (a pin), `radius` (metres shown around it), `box`
 * ("west,south,east,north"), `interactive`, `pick` (the person chooses a place), `no-names`, `tiles` +
 * `attribution` (raster template of a production map), `theme`, `plain` (our SVG on purpose), `land` (the island, from the
 * address given there; without one our base map of Maluku), `fit="land"` (show the whole island), `around` ("lon,lat") with
 * `around-name` and `radius`: known to an area only.
 * Property `points`, methods `add(point)`, `remove(id)`. Events: `pick` {lon, lat}, `open` {point}
 * (cancelable; else the point's url is followed).
 */
import type { MultiPolygon } from "geojson";
import { boxAround, boxOf, boxOfAreas, landOf, parseBox, parsePlace, ringsOf, type Areas, type LonLat, type MapHost, type MapPoint, type MapView, type Near } from "./model.ts";
import { SvgView } from "./svg.ts";
import { word } from "../words.ts";

export type MakeView = (host: MapHost) => MapView | Promise<MapView>;
const STEP_PX = 8;
const GL_PATIENCE_MS = 6_000;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const loaded = new Map<string, Promise<unknown>>(); // several maps of a page fetch an outline once
function load<T>(url: string): Promise<T> {
  const known = loaded.get(url);
  if (known) return known as Promise<T>;
  const coming = fetch(url, { headers: { Accept: "application/json" } }).then((reply) => {
    if (!reply.ok) throw new Error(`${url}: status ${reply.status}`);
    return reply.json() as Promise<T>;
  });
  loaded.set(url, coming);
  coming.catch(() => loaded.delete(url));
  return coming;
}

export class BaileoMap extends HTMLElement implements MapHost {
  static observedAttributes = ["lon", "lat", "points", "areas"];
  /** Set by the desk and the wall; the site never asks for MapLibre. */
  static makeGl: ((host: MapHost, lost: () => void) => Promise<MapView>) | undefined;
  static landUrl = "";
  #view: MapView | undefined;
  #points = new Map<string, MapPoint>();
  #areas: Areas | undefined;
  #land: MultiPolygon | undefined;
  #ready = Promise.resolve();

  readonly element: HTMLElement = this;
  get interactive(): boolean { return this.hasAttribute("interactive"); }
  get picking(): boolean { return this.hasAttribute("pick"); }
  get names(): boolean { return !this.hasAttribute("no-names"); }
  get tiles(): string { return this.getAttribute("tiles") ?? ""; }
  get attribution(): string { return this.getAttribute("attribution") ?? ""; }
  get place(): LonLat | undefined { return parsePlace(this.getAttribute("lon"), this.getAttribute("lat")); }
  get near(): Near | undefined {
    const [lon, lat] = (this.getAttribute("around") ?? "").split(",");
    const middle = parsePlace(lon ?? null, lat ?? null);
    return middle && { ...middle, name: this.getAttribute("around-name") ?? "", radiusM: (Number(this.getAttribute("radius")) || 1_500) / 2 };
  }
  get points(): MapPoint[] { return [...this.#points.values()]; }
  set points(points: readonly MapPoint[]) {
    this.#points = new Map(points.map((point) => [point.id, point]));
    this.#view?.setPoints(this.points);
  }
  /** Resolves when the map is drawn; for tests and for the wall. */
  get ready(): Promise<void> { return this.#ready; }

  add(point: MapPoint): void {
    this.#points.set(point.id, point);
    this.#view?.setPoints(this.points);
  }
  /** With an id takes that point off; without, as every element, the map off the page. */
  override remove(id?: string): void {
    if (id === undefined) super.remove();
    else if (this.#points.delete(id)) this.#view?.setPoints(this.points);
  }
  open(point: MapPoint): void {
    const followed = this.dispatchEvent(new CustomEvent("open", { detail: { point }, bubbles: true, cancelable: true }));
    if (followed && point.url) location.assign(point.url);
  }
  pick(place: LonLat): void {
    const [lon, lat] = [place.lon.toFixed(6), place.lat.toFixed(6)]; // a decimetre
    this.setAttribute("lon", lon);
    this.setAttribute("lat", lat);
    this.dispatchEvent(new CustomEvent("pick", { detail: { lon: Number(lon), lat: Number(lat) }, bubbles: true }));
  }

  connectedCallback(): void {
    this.#ready = this.#start();
  }
  disconnectedCallback(): void {
    this.#view?.destroy();
    this.#view = undefined;
    this.removeEventListener("keydown", this.#onKey);
    this.replaceChildren();
  }
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.#view || before === now) return;
    if (name === "points") void this.#loadPoints();
    else if (name === "areas") void this.#loadAreas();
    else this.#view.setPin(this.place);
  }

  async #start(): Promise<void> {
    this.replaceChildren();
    this.#prepareKeys();
    const view = await this.#makeView();
    if (!this.isConnected) return view.destroy();
    this.#use(view);
    this.#tools();
    this.#credit(this.tiles ? this.attribution : "");
    // Each part is drawn when it comes; a part that does not come leaves the others standing.
    await Promise.allSettled([this.#loadAreas(), this.#loadPoints(), this.#loadLand()]);
    this.toggleAttribute("data-drawn", true);
  }

  async #makeView(): Promise<MapView> {
    const { makeGl } = BaileoMap;
    if (!makeGl || this.hasAttribute("plain")) return new SvgView(this);
    const late = new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error("map: too slow")), GL_PATIENCE_MS));
    try {
      return await Promise.race([makeGl(this, () => this.#fallBack()), late]);
    } catch (error) {
      console.warn("baileo-map: drawn without MapLibre", error);
      this.querySelectorAll(".view").forEach((left) => left.remove());
      return new SvgView(this);
    }
  }

  #use(view: MapView): void {
    this.#view = view;
    if (this.#land) view.setLand(this.#land);
    if (this.#areas) view.setAreas(this.#areas);
    view.setPoints(this.points);
    view.setPin(this.place);
    this.#fit();
  }

  #fallBack(): void {
    if (!this.isConnected || !this.#view) return;
    this.#view.destroy();
    this.#use(new SvgView(this));
  }

  #fit(): void {
    const radius = Number(this.getAttribute("radius"));
    const middle = this.place ?? this.near;
    const around = middle && radius > 0 ? boxAround(middle, radius) : undefined;
    const island = this.getAttribute("fit") === "land" && this.#land ? boxOf(ringsOf(this.#land).flat()) : undefined;
    const box = around ?? island ?? parseBox(this.getAttribute("box")) ?? (this.#areas && boxOfAreas(this.#areas));
    if (box) this.#view?.fit(box);
  }

  async #loadAreas(): Promise<void> {
    const url = this.getAttribute("areas");
    if (!url) return;
    this.#areas = await load<Areas>(url);
    this.#view?.setAreas(this.#areas);
    this.#fit();
  }
  async #loadPoints(): Promise<void> {
    const url = this.getAttribute("points");
    if (!url) return;
    loaded.delete(url); // points change, outlines do not
    this.points = await load<MapPoint[]>(url);
  }
  async #loadLand(): Promise<void> {
    if (!this.hasAttribute("land") || this.tiles) return;
    const own = this.getAttribute("land");
    if (own) this.#land = landOf(await load(own));
    if (!this.#land && BaileoMap.landUrl) {
      this.#land = landOf(await load(BaileoMap.landUrl));
      this.#credit("Natural Earth");
    }
    if (this.#land) this.#view?.setLand(this.#land);
    if (own) this.#fit();
  }

  #tools(): void {
    if (!this.interactive && !this.picking) return;
    const tools = document.createElement("div");
    tools.className = "map-tools";
    for (const [sign, name, step] of [["+", "zoom-in", 1], ["−", "zoom-out", -1]] as const) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.setAttribute("aria-label", word(name));
      button.addEventListener("click", () => this.#view?.zoom(step));
      tools.append(button);
    }
    this.append(tools);
  }

  /** Whose map it is, in words; licences ask for it. */
  #credit(words: string): void {
    if (!words) return;
    const note = document.createElement("span");
    note.className = "map-note";
    note.textContent = words;
    this.append(note);
  }

  #prepareKeys(): void {
    if (!this.interactive && !this.picking) return;
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    if (this.picking) {
      this.setAttribute("role", "application");
      if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", word("map-pick"));
    }
    this.addEventListener("keydown", this.#onKey);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const view = this.#view;
    if (!view || event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? STEP_PX * 6 : STEP_PX;
      if (this.picking) this.#movePin(view, arrow[0] * step, arrow[1] * step);
      else view.pan(arrow[0] * step * 4, arrow[1] * step * 4);
    } else if (event.key === "+" || event.key === "=") view.zoom(1);
    else if (event.key === "-") view.zoom(-1);
    else if (event.key === "Enter" && this.picking && this.place) this.pick(this.place);
    else return;
    event.preventDefault();
  };

  #movePin(view: MapView, right: number, down: number): void {
    const middle = view.unproject({ x: this.clientWidth / 2, y: this.clientHeight / 2 });
    const at = view.project(this.place ?? middle);
    const next = { x: at.x + right, y: at.y + down };
    this.pick(view.unproject(next));
    const inside = next.x > 24 && next.y > 48 && next.x < this.clientWidth - 24 && next.y < this.clientHeight - 24;
    if (!inside) view.pan(right * 4, down * 4);
  }
}

/** Once per page, when everything is known: elements already in the page start at this moment. */
export function registerMap(landUrl: string, makeGl?: typeof BaileoMap.makeGl): void {
  BaileoMap.landUrl = landUrl;
  BaileoMap.makeGl = makeGl;
  customElements.define("baileo-map", BaileoMap);
}
