/** The map drawn by ourselves: the site's only map, and what stands in when MapLibre or WebGL fails. */
import type { MultiPolygon, Polygon, Position } from "geojson";
import { NameLayer } from "./names.ts";
import { make, pinShape, pointShape } from "./shapes.ts";
import { Camera, grouped, METRES_PER_DEGREE, ringsOf, type Areas, type Box, type Group, type LonLat, type MapHost, type MapPoint, type MapView, type Pixel } from "./model.ts";

const BASE = 10_000; // path units per degree: keeps float32 exact to a metre
const ORIGIN: LonLat = { lon: 128, lat: -4 };
const DRAG_FROM_PX = 4;
const RING_MS = 4_000;
const MOST_RINGS = 8;

const ringPath = (ring: Position[]): string =>
  `M${ring.map(([lon, lat]) => `${Math.round((lon! - ORIGIN.lon) * BASE)} ${Math.round((ORIGIN.lat - lat!) * BASE)}`).join("L")}Z`;

export const shapePath = (shape: Polygon | MultiPolygon): string => ringsOf(shape).map(ringPath).join("");

export class SvgView implements MapView {
  readonly #host: MapHost;
  readonly #camera = new Camera();
  readonly #root = document.createElement("div");
  readonly #svg = make("svg", { "aria-hidden": "true" });
  readonly #ground = make("g", {});
  readonly #land = make("path", { class: "land" });
  readonly #areas = make("g", {});
  readonly #marks = make("g", {});
  readonly #pin = pinShape();
  readonly #near = make("g", { class: "near" });
  readonly #names = new NameLayer();
  readonly #arrived = new Map<string, number>(); // id -> when, for a ring drawn once
  readonly #resize: ResizeObserver;
  readonly #pointers = new Map<number, Pixel>();
  #points: readonly MapPoint[] = [];
  #pinAt: LonLat | undefined;
  #box: Box | undefined;
  #touched = false;
  #isFilled = false;
  #dragged = 0;
  #frame = 0;

  constructor(host: MapHost) {
    this.#host = host;
    this.#root.className = "view";
    this.#ground.append(this.#land, this.#areas);
    this.#svg.append(this.#ground, this.#near, this.#marks, this.#pin);
    this.#root.append(this.#svg, this.#names.element);
    host.element.append(this.#root);
    this.#pin.style.display = "none";
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(host.element);
    this.#measure();
    if (host.interactive || host.picking) this.#listen();
  }

  setLand(land: MultiPolygon): void {
    this.#land.setAttribute("d", shapePath(land));
  }
  setAreas(areas: Areas): void {
    const shapes = areas.features.map((area) => make("path", { class: "area", d: shapePath(area.geometry), "data-level": area.properties.level }));
    this.#areas.replaceChildren(...shapes);
    if (this.#host.names) this.#names.setAreas(areas);
    this.#soon();
  }
  setPoints(points: readonly MapPoint[]): void {
    const known = new Set(this.#points.map(({ id }) => id));
    const come = points.filter(({ id }) => !known.has(id));
    // a few new ones are pointed at; many at once are simply there
    if (this.#isFilled && come.length <= MOST_RINGS) come.forEach(({ id }) => this.#arrived.set(id, performance.now()));
    this.#isFilled ||= points.length > 0;
    this.#points = points;
    this.#soon();
  }
  setPin(pin: LonLat | undefined): void {
    this.#pinAt = pin;
    this.#soon();
  }
  fit(box: Box): void {
    this.#box = box;
    this.#touched = false;
    this.#camera.fit(box);
    this.#soon();
  }
  zoom(step: number, around?: Pixel): void {
    this.#touched = true;
    this.#camera.zoom(step, around);
    this.#soon();
  }
  pan(right: number, down: number): void {
    this.#touched = true;
    this.#camera.pan(right, down);
    this.#soon();
  }
  project(place: LonLat): Pixel {
    return this.#camera.project(place);
  }
  unproject(pixel: Pixel): LonLat {
    return this.#camera.unproject(pixel);
  }
  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resize.disconnect();
    this.#root.remove();
  }

  #measure(): void {
    const { width, height } = this.#host.element.getBoundingClientRect();
    [this.#camera.width, this.#camera.height] = [width || 1, height || 1];
    if (this.#box && !this.#touched) this.#camera.fit(this.#box);
    this.#soon();
  }

  #soon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const camera = this.#camera;
    const { x, y } = camera.project(ORIGIN);
    const down = camera.scale / BASE;
    this.#svg.setAttribute("viewBox", `0 0 ${camera.width} ${camera.height}`);
    this.#ground.setAttribute("transform", `translate(${x} ${y}) scale(${down * camera.squeeze} ${down})`);
    const project = (place: LonLat): Pixel => camera.project(place);
    const size = Math.max(1, this.#names.size / 18); // the wall's points grow with its letters
    const groups = grouped(this.#points, project, 22 * size);
    this.#marks.replaceChildren(...groups.map((group) => this.#mark(group, size)));
    this.#drawNear(project);
    const taken = groups.map((group) => ({ ...group, r: size * (group.points.length > 1 ? 12 : 9) }));
    this.#names.draw(project, camera.width, camera.height, taken);
    this.#pin.style.display = this.#pinAt ? "" : "none";
    if (!this.#pinAt) return;
    const at = camera.project(this.#pinAt);
    this.#pin.setAttribute("transform", `translate(${at.x} ${at.y})`);
  }

  /** Known to a village only: a soft ring about its middle, with its name. */
  #drawNear(project: (place: LonLat) => Pixel): void {
    const { near } = this.#host;
    if (!near) return this.#near.replaceChildren();
    const { x, y } = project(near);
    const r = Math.max(18, (near.radiusM / METRES_PER_DEGREE) * this.#camera.scale);
    const name = make("text", { x, y: y + 4 });
    name.textContent = near.name;
    this.#near.replaceChildren(make("circle", { cx: x, cy: y, r }), name);
  }

  #ring(points: readonly MapPoint[]): SVGElement | undefined {
    const since = Math.max(...points.map(({ id }) => this.#arrived.get(id) ?? -Infinity));
    const age = performance.now() - since;
    if (!(age < RING_MS)) return undefined;
    const ring = make("circle", { class: "ring-new", r: 22 });
    ring.style.animationDelay = `${-age}ms`; // a map drawn again goes on where the ring was
    return ring;
  }

  #mark({ x, y, urgency, points }: Group, size: number): SVGElement {
    const mark = make("g", { transform: `translate(${x} ${y}) scale(${size})` });
    const [only] = points;
    const ring = this.#ring(points);
    if (ring) mark.append(ring);
    const title = make("title", {});
    if (points.length === 1 && only) {
      const shape = pointShape(urgency, urgency === "normal" ? 5.5 : 6.5);
      shape.setAttribute("class", `pt ${urgency}`);
      shape.setAttribute("stroke-width", "2");
      title.textContent = only.label ?? "";
      shape.addEventListener("click", () => this.#dragged < DRAG_FROM_PX && this.#host.open(only));
      mark.append(shape);
    } else {
      const group = make("circle", { r: 9 + Math.min(9, points.length ** 0.5), class: `group pt ${urgency}` });
      group.addEventListener("click", (event) => this.zoom(1, this.#at(event)));
      const number = make("text", { class: "group-n", y: 4, "font-size": 12 });
      number.textContent = String(points.length);
      title.textContent = points.map((point) => point.label).filter(Boolean).slice(0, 5).join("\n");
      mark.append(group, number);
    }
    mark.append(title);
    return mark;
  }

  #at(event: MouseEvent): Pixel {
    const { left, top } = this.#host.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #listen(): void {
    const root = this.#root;
    root.style.touchAction = "none";
    root.addEventListener("pointerdown", (event) => {
      if (this.#pointers.size === 0) this.#dragged = 0;
      this.#pointers.set(event.pointerId, this.#at(event));
    });
    root.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const) {
      root.addEventListener(name, (event) => this.#pointers.delete(event.pointerId));
    }
    root.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(-event.deltaY / 240, this.#at(event));
    }, { passive: false });
    root.addEventListener("click", (event) => {
      if (this.#host.picking && this.#dragged < DRAG_FROM_PX) this.#host.pick(this.unproject(this.#at(event)));
    });
  }

  #move(event: PointerEvent): void {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = this.#at(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    this.#dragged += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.#dragged < DRAG_FROM_PX) return;
    if (!other) return this.pan(before.x - now.x, before.y - now.y);
    const spread = (pixel: Pixel): number => Math.hypot(pixel.x - other.x, pixel.y - other.y);
    this.zoom(Math.log2(Math.max(1, spread(now)) / Math.max(1, spread(before))), { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  }
}
