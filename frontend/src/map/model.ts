/** What a map shows, and the plane geometry both ways of drawing it share. Longitude first, WGS 84 degrees. */
import type { FeatureCollection, MultiPolygon, Polygon, Position } from "geojson";

export type Urgency = "normal" | "high" | "urgent";
export type MapPoint = { id: string; lon: number; lat: number; urgency?: Urgency; label?: string; url?: string };
export type AreaProperties = { code: string; name: string; level: string; centroid?: [number, number] };
export type Areas = FeatureCollection<Polygon | MultiPolygon, AreaProperties>;
export type Box = { west: number; south: number; east: number; north: number };
export type LonLat = { lon: number; lat: number };
export type Pixel = { x: number; y: number };
/** Somewhere around here: an area known by name only. */
export type Near = LonLat & { name: string; radiusM: number };

export const METRES_PER_DEGREE = 111_320; // of latitude
const RANK: Readonly<Record<Urgency, number>> = { normal: 0, high: 1, urgent: 2 };

/** What a view (MapLibre or our own SVG) can do; the element is the only caller. */
export type MapView = {
  setLand(land: MultiPolygon): void;
  setAreas(areas: Areas): void;
  setPoints(points: readonly MapPoint[]): void;
  setPin(pin: LonLat | undefined): void;
  fit(box: Box): void;
  zoom(step: number): void;
  pan(right: number, down: number): void;
  project(place: LonLat): Pixel;
  unproject(pixel: Pixel): LonLat;
  destroy(): void;
};
/** What a view tells back. */
export type MapHost = {
  readonly element: HTMLElement;
  readonly interactive: boolean;
  readonly picking: boolean;
  readonly names: boolean;
  readonly tiles: string;
  readonly attribution: string;
  readonly near: Near | undefined;
  open(point: MapPoint): void;
  pick(place: LonLat): void;
};

export function ringsOf(shape: Polygon | MultiPolygon): Position[][] {
  return shape.type === "Polygon" ? shape.coordinates : shape.coordinates.flat();
}

export function boxOf(positions: Iterable<Position>): Box | undefined {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [lon, lat] of positions) {
    box.west = Math.min(box.west, lon!);
    box.east = Math.max(box.east, lon!);
    box.south = Math.min(box.south, lat!);
    box.north = Math.max(box.north, lat!);
  }
  return Number.isFinite(box.west) ? box : undefined;
}

export function boxOfAreas(areas: Areas): Box | undefined {
  return boxOf(areas.features.flatMap((feature) => ringsOf(feature.geometry).flat()));
}

/** A square of `radiusM` metres around a place. */
export function boxAround({ lon, lat }: LonLat, radiusM: number): Box {
  const high = radiusM / METRES_PER_DEGREE;
  const wide = high / Math.cos((lat * Math.PI) / 180);
  return { west: lon - wide, east: lon + wide, south: lat - high, north: lat + high };
}

/** "128.1,-3.8,128.3,-3.6" as west, south, east, north. */
export function parseBox(text: string | null): Box | undefined {
  const [west, south, east, north] = (text ?? "").split(",").map(Number);
  if ([west, south, east, north].some((n) => n === undefined || Number.isNaN(n))) return undefined;
  return { west: west!, south: south!, east: east!, north: north! };
}

export function parsePlace(lon: string | null, lat: string | null): LonLat | undefined {
  const place = { lon: Number.parseFloat(lon ?? ""), lat: Number.parseFloat(lat ?? "") };
  return Number.isFinite(place.lon) && Number.isFinite(place.lat) ? place : undefined;
}

/**
 * Equirectangular camera: good within one city (error under 0.1 % over 50 km), and so simple that it
 * cannot fail. `scale` is pixels per degree of latitude.
 */
export class Camera {
  lon = 128.18;
  lat = -3.69;
  scale = 2_000;
  width = 1;
  height = 1;
  /** How much narrower a degree of longitude is; set by `fit` and then kept, so that pans are straight. */
  squeeze = Math.cos((-3.69 * Math.PI) / 180);

  project({ lon, lat }: LonLat): Pixel {
    return { x: this.width / 2 + (lon - this.lon) * this.scale * this.squeeze, y: this.height / 2 - (lat - this.lat) * this.scale };
  }
  unproject({ x, y }: Pixel): LonLat {
    return { lon: this.lon + (x - this.width / 2) / (this.scale * this.squeeze), lat: this.lat - (y - this.height / 2) / this.scale };
  }
  fit(box: Box, padding = 12): void {
    this.lon = (box.west + box.east) / 2;
    this.lat = (box.south + box.north) / 2;
    this.squeeze = Math.cos((this.lat * Math.PI) / 180);
    const [wide, high] = [Math.max(1, this.width - 2 * padding), Math.max(1, this.height - 2 * padding)];
    const across = wide / (Math.max(box.east - box.west, 1e-6) * this.squeeze);
    this.scale = this.#within(Math.min(across, high / Math.max(box.north - box.south, 1e-6)));
  }
  /** Steps of two around a pixel, which stays where it is. */
  zoom(step: number, around: Pixel = { x: this.width / 2, y: this.height / 2 }): void {
    const before = this.unproject(around);
    this.scale = this.#within(this.scale * 2 ** step);
    const after = this.unproject(around);
    this.lon += before.lon - after.lon;
    this.lat += before.lat - after.lat;
  }
  pan(right: number, down: number): void {
    this.lon += right / (this.scale * this.squeeze);
    this.lat -= down / this.scale;
  }
  #within(scale: number): number {
    return Math.min(2_000_000, Math.max(20, scale)); // from all of Maluku to one house
  }
}

export type Group = { x: number; y: number; urgency: Urgency; points: MapPoint[] };

/** Points that would touch, drawn as one with its number: nothing nearer than `cell` pixels. Urgent ones stay alone. */
export function grouped(points: readonly MapPoint[], project: (place: LonLat) => Pixel, cell = 34): Group[] {
  const urgent: Group[] = [];
  let others: Group[] = [];
  for (const point of points) {
    const { x, y } = project(point);
    const urgency = point.urgency ?? "normal";
    if (urgency === "urgent") urgent.push({ x, y, urgency, points: [point] });
    else join(others, { x, y, urgency, points: [point] }, cell);
  }
  for (let before = 0; before !== others.length; ) { // joined middles move: until nothing touches any more
    before = others.length;
    others = others.reduce<Group[]>((kept, group) => join(kept, group, cell), []);
  }
  others.forEach((group) => stepAside(group, urgent, cell));
  return [...others.sort((a, b) => RANK[a.urgency] - RANK[b.urgency]), ...urgent]; // the worst is drawn last, on top
}

function join(groups: Group[], { x, y, urgency, points }: Group, cell: number): Group[] {
  const near = groups.find((group) => Math.hypot(group.x - x, group.y - y) < cell);
  if (!near) {
    groups.push({ x, y, urgency, points });
    return groups;
  }
  const n = near.points.push(...points);
  near.x += ((x - near.x) * points.length) / n;
  near.y += ((y - near.y) * points.length) / n;
  if (RANK[urgency] > RANK[near.urgency]) near.urgency = urgency;
  return groups;
}

/** An urgent point never hides behind a number, nor a number behind it. */
function stepAside(group: Group, urgent: readonly Group[], cell: number): void {
  for (const { x, y } of urgent) {
    const [right, down] = [group.x - x, group.y - y];
    const far = Math.hypot(right, down);
    if (far >= cell) continue;
    group.x = x + (far > 1 ? (right / far) * cell : cell);
    group.y = y + (far > 1 ? (down / far) * cell : 0);
  }
}

/** A GeoJSON answer as one shape: a bare geometry or a collection of them; nothing when it is empty. */
export function landOf(answer: MultiPolygon | FeatureCollection<Polygon | MultiPolygon>): MultiPolygon | undefined {
  if (answer.type === "MultiPolygon") return answer;
  const coordinates = answer.features.flatMap(({ geometry }) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates));
  return coordinates.length ? { type: "MultiPolygon", coordinates } : undefined;
}

/** Where to write the name: the server's centroid, else the middle of the box. */
export function namePlace(area: Areas["features"][number]): LonLat {
  const given = area.properties.centroid;
  if (given) return { lon: given[0], lat: given[1] };
  const box = boxOf(ringsOf(area.geometry).flat());
  return box ? { lon: (box.west + box.east) / 2, lat: (box.south + box.north) / 2 } : { lon: 0, lat: 0 };
}

export function worstOf(points: readonly MapPoint[]): Urgency {
  return points.reduce<Urgency>((worst, { urgency = "normal" }) => (RANK[urgency] > RANK[worst] ? urgency : worst), "normal");
}
