/**
 * Cuts the offline base map: Natural Earth land (1:10 million, public domain, from `world-atlas`)
 * clipped to eastern Indonesia, written as one small GeoJSON MultiPolygon for the map to fetch.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { feature } from "topojson-client";
import type { Topology } from "topojson-specification";
import type { MultiPolygon, Polygon, Position } from "geojson";

const TARGET = fileURLToPath(new URL("../src/assets/land.json", import.meta.url));

export type Box = { west: number; south: number; east: number; north: number };
/** Maluku with its neighbours: Sulawesi in the west, Papua in the east, Timor in the south. */
export const REGION: Box = { west: 120, south: -12, east: 140, north: 5 };

type Edge = { inside: (p: Position) => boolean; cut: (a: Position, b: Position) => Position };

function edges(box: Box): Edge[] {
  const atLon = (lon: number) => (a: Position, b: Position): Position => [
    lon, a[1]! + ((b[1]! - a[1]!) * (lon - a[0]!)) / (b[0]! - a[0]!)];
  const atLat = (lat: number) => (a: Position, b: Position): Position => [
    a[0]! + ((b[0]! - a[0]!) * (lat - a[1]!)) / (b[1]! - a[1]!), lat];
  return [
    { inside: (p) => p[0]! >= box.west, cut: atLon(box.west) },
    { inside: (p) => p[0]! <= box.east, cut: atLon(box.east) },
    { inside: (p) => p[1]! >= box.south, cut: atLat(box.south) },
    { inside: (p) => p[1]! <= box.north, cut: atLat(box.north) },
  ];
}

/**
 * One ring cut to the box (Sutherland-Hodgman), longitude first, in degrees; empty if outside.
 * A ring that leaves and comes back gets an edge along the border of the box, out of sight.
 */
export function clipRing(ring: Position[], box: Box): Position[] {
  let points = ring.slice(0, -1); // GeoJSON repeats the first point at the end
  for (const { inside, cut } of edges(box)) {
    const kept: Position[] = [];
    points.forEach((point, index) => {
      const before = points.at(index - 1)!;
      if (inside(point) !== inside(before)) kept.push(cut(before, point));
      if (inside(point)) kept.push(point);
    });
    points = kept;
  }
  return points.length < 3 ? [] : [...points, points[0]!];
}

/** How far a shore may be moved, in degrees: 400 m in Maluku, 2 km beyond, where nobody looks closely. */
const NEAR: Box = { west: 125, south: -9, east: 135.5, north: -1.3 };
const NEAR_DEG = 0.004;
const FAR_DEG = 0.02;

function offLine(p: Position, a: Position, b: Position): number {
  const [dx, dy] = [b[0]! - a[0]!, b[1]! - a[1]!];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(p[0]! - a[0]!, p[1]! - a[1]!);
  return Math.abs((p[0]! - a[0]!) * dy - (p[1]! - a[1]!) * dx) / length;
}

/** Fewer points, none further off than `tolerance` degrees (Douglas and Peucker, 1973). */
export function simplify(ring: Position[], tolerance: number): Position[] {
  const keep = new Set([0, ring.length - 1]);
  const open: [number, number][] = [[0, ring.length - 1]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    let [worst, at] = [0, -1];
    for (let i = from + 1; i < to; i++) {
      const off = offLine(ring[i]!, ring[from]!, ring[to]!);
      if (off > worst) [worst, at] = [off, i];
    }
    if (worst > tolerance) {
      keep.add(at);
      open.push([from, at], [at, to]);
    }
  }
  return ring.filter((_, i) => keep.has(i));
}

function thinned(ring: Position[]): Position[] {
  const near = ring.some(([lon, lat]) => lon! > NEAR.west && lon! < NEAR.east && lat! > NEAR.south && lat! < NEAR.north);
  return simplify(ring, near ? NEAR_DEG : FAR_DEG);
}

/** Three decimals are 110 m, finer than the 1:10 million source. */
const rounded = (ring: Position[]): Position[] =>
  ring
    .map(([lon, lat]): Position => [Number(lon!.toFixed(3)), Number(lat!.toFixed(3))])
    .filter((p, i, all) => i === 0 || p[0] !== all[i - 1]![0] || p[1] !== all[i - 1]![1]);

export function clipLand(polygons: Position[][][], box: Box): MultiPolygon {
  const coordinates = polygons
    .map((rings) => rings.map((ring) => rounded(thinned(clipRing(ring, box)))).filter((ring) => ring.length > 3))
    .filter((rings) => rings.length > 0);
  return { type: "MultiPolygon", coordinates };
}

/** Writes the asset that `svg-map.ts` imports; the build calls it before anything else. */
export function writeBasemap(): void {
  const source = fileURLToPath(import.meta.resolve("world-atlas/land-10m.json"));
  const topology = JSON.parse(readFileSync(source, "utf8")) as Topology;
  const land = feature(topology, topology.objects["land"]!);
  const shapes = (land.type === "FeatureCollection" ? land.features : [land]).map((f) => f.geometry as MultiPolygon | Polygon);
  const polygons = shapes.flatMap((s) => (s.type === "Polygon" ? [s.coordinates] : s.coordinates));
  mkdirSync(dirname(TARGET), { recursive: true });
  writeFileSync(TARGET, JSON.stringify(clipLand(polygons, REGION)));
}
