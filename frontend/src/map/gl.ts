/** The map with MapLibre: smooth, tilted by nobody, clustered, on our own data or on a city's tiles. */
import { Map as GlMap, Marker, setWorkerUrl, type GeoJSONSource, type StyleSpecification } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { MultiPolygon } from "geojson";
import { clusterImage, pointImage } from "./images.ts";
import { NameLayer } from "./names.ts";
import { make, pinShape } from "./shapes.ts";
import type { Areas, Box, LonLat, MapHost, MapPoint, MapView, Pixel, Urgency } from "./model.ts";

setWorkerUrl(new URL(workerUrl, import.meta.url).href); // from our own origin: the policy allows no blob workers
const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const URGENCIES: readonly Urgency[] = ["normal", "high", "urgent"];

export function colour(element: Element, name: string): string {
  const probe = document.createElement("span"); // resolves var() chains to one colour MapLibre can read
  probe.style.color = `var(${name})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function styleOf(host: MapHost): StyleSpecification {
  const paint = (name: string): string => colour(host.element, name);
  const style: StyleSpecification = {
    version: 8,
    sources: {
      land: { type: "geojson", data: NOTHING },
      areas: { type: "geojson", data: NOTHING },
      points: { type: "geojson", data: NOTHING, cluster: true, clusterRadius: 20, clusterMaxZoom: 15, clusterProperties: { high: ["+", ["case", ["==", ["get", "urgency"], "high"], 1, 0]] } },
      urgent: { type: "geojson", data: NOTHING },
    },
    layers: [
      { id: "water", type: "background", paint: { "background-color": paint("--map-water") } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": paint("--map-land"), "fill-outline-color": paint("--map-shore") } },
      { id: "areas", type: "fill", source: "areas", paint: { "fill-color": paint("--map-city") } },
      { id: "borders", type: "line", source: "areas", paint: { "line-color": paint("--map-border"), "line-width": 1, "line-dasharray": [3, 3] } },
      { id: "points", type: "symbol", source: "points", filter: ["!", ["has", "point_count"]], layout: { "icon-image": ["get", "urgency"], "icon-allow-overlap": true, "icon-ignore-placement": true } },
      { id: "groups", type: "symbol", source: "points", filter: ["has", "point_count"], layout: { "icon-image": ["concat", "group-", ["case", [">", ["get", "high"], 0], "high", "normal"], "-", ["to-string", ["get", "point_count"]]], "icon-allow-overlap": true, "icon-ignore-placement": true } },
      { id: "urgent", type: "symbol", source: "urgent", layout: { "icon-image": "urgent", "icon-allow-overlap": true, "icon-ignore-placement": true } },
    ],
  };
  if (host.tiles) {
    style.sources["tiles"] = { type: "raster", tiles: [host.tiles], tileSize: 256 };
    style.layers.splice(1, 2, { id: "tiles", type: "raster", source: "tiles" });
    style.layers.splice(2, 1); // the ground is the tiles'; only borders stay ours
  }
  return style;
}

function asFeatures(points: readonly MapPoint[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: points.map(({ id, lon, lat, urgency = "normal" }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: { id, urgency } })),
  };
}

class GlView implements MapView {
  readonly #map: GlMap;
  readonly #host: MapHost;
  readonly #root: HTMLElement;
  readonly #names = new NameLayer();
  #pin: Marker | undefined;
  #points = new Map<string, MapPoint>();

  constructor(host: MapHost, map: GlMap, root: HTMLElement) {
    [this.#host, this.#map, this.#root] = [host, map, root];
    root.append(this.#names.element);
    this.#images();
    map.on("move", () => this.#drawNames());
    map.on("resize", () => this.#drawNames());
    if (host.picking) map.on("click", (event) => host.pick({ lon: event.lngLat.lng, lat: event.lngLat.lat }));
    else this.#listen();
  }

  setLand(land: MultiPolygon): void {
    if (!this.#host.tiles) this.#source("land").setData({ type: "Feature", geometry: land, properties: {} });
  }
  setAreas(areas: Areas): void {
    this.#source("areas").setData(areas);
    if (!this.#host.names || this.#host.tiles) return; // tiles bring their own names
    this.#names.setAreas(areas);
    this.#drawNames();
  }
  setPoints(points: readonly MapPoint[]): void {
    this.#points = new Map(points.map((point) => [point.id, point]));
    this.#source("points").setData(asFeatures(points.filter((point) => point.urgency !== "urgent")));
    this.#source("urgent").setData(asFeatures(points.filter((point) => point.urgency === "urgent")));
    this.#drawNames();
  }
  setPin(pin: LonLat | undefined): void {
    if (!pin) {
      this.#pin?.remove();
      this.#pin = undefined;
    } else if (this.#pin) this.#pin.setLngLat([pin.lon, pin.lat]);
    else this.#pin = this.#makePin(pin);
  }
  fit(box: Box): void {
    this.#map.fitBounds([box.west, box.south, box.east, box.north], { padding: 12, animate: false });
  }
  zoom(step: number): void {
    this.#map.zoomTo(this.#map.getZoom() + step, { duration: 120 });
  }
  pan(right: number, down: number): void {
    this.#map.panBy([right, down], { duration: 0 });
  }
  project({ lon, lat }: LonLat): Pixel {
    return this.#map.project([lon, lat]);
  }
  unproject({ x, y }: Pixel): LonLat {
    const { lng, lat } = this.#map.unproject([x, y]);
    return { lon: lng, lat };
  }
  destroy(): void {
    this.#map.remove();
    this.#root.remove();
  }

  #source(name: string): GeoJSONSource {
    return this.#map.getSource(name) as GeoJSONSource;
  }
  #makePin(at: LonLat): Marker {
    const element = document.createElement("div");
    const svg = make("svg", { width: 34, height: 46, viewBox: "-17 -44 34 46" });
    svg.append(pinShape());
    element.append(svg);
    const pin = new Marker({ element, anchor: "bottom", draggable: this.#host.picking }).setLngLat([at.lon, at.lat]).addTo(this.#map);
    pin.on("dragend", () => {
      const { lng, lat } = pin.getLngLat();
      this.#host.pick({ lon: lng, lat });
    });
    return pin;
  }
  #drawNames(): void {
    const { clientWidth, clientHeight } = this.#host.element;
    const project = (place: LonLat): Pixel => this.project(place);
    this.#names.draw(project, clientWidth, clientHeight, [...this.#points.values()].map(project));
  }
  #images(): void {
    const map = this.#map;
    const pixelRatio = 2 / Math.max(1, this.#names.size / 18); // the wall's points grow with its letters
    for (const urgency of URGENCIES) map.addImage(urgency, pointImage(this.#host.element, urgency), { pixelRatio });
    // "group-high-12": drawn when first needed, because letters on the map itself would need font files
    map.setMissingStyleImageResolver((id) => {
      const [kind, urgency, count] = id.split("-");
      if (kind === "group" && !map.hasImage(id)) map.addImage(id, clusterImage(this.#host.element, urgency as Urgency, count ?? ""), { pixelRatio });
    });
  }
  #listen(): void {
    const map = this.#map;
    for (const layer of ["points", "urgent"]) {
      map.on("click", layer, (event) => {
        const point = this.#points.get(String(event.features?.[0]?.properties["id"] ?? ""));
        if (point) this.#host.open(point);
      });
    }
    map.on("click", "groups", (event) => map.easeTo({ center: event.lngLat, zoom: map.getZoom() + 2, duration: 240 }));
    for (const layer of ["points", "urgent", "groups"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
  }
}

/** Rejects when there is no WebGL; calls `lost` when the graphics driver takes it away later. */
export async function makeGlView(host: MapHost, lost: () => void): Promise<MapView> {
  const root = document.createElement("div");
  root.className = "view";
  host.element.append(root);
  const map = new GlMap({
    container: root, style: styleOf(host), center: [128.18, -3.69], zoom: 10, attributionControl: false,
    interactive: host.interactive || host.picking, keyboard: false, dragRotate: false, pitchWithRotate: false,
    touchPitch: false, maxPitch: 0, fadeDuration: 0, localIdeographFontFamily: false,
  });
  map.touchZoomRotate.disableRotation();
  await new Promise<void>((done, refuse) => {
    map.once("load", () => done());
    map.once("error", ({ error }) => refuse(error));
  });
  map.on("webglcontextlost", lost);
  return new GlView(host, map, root);
}
