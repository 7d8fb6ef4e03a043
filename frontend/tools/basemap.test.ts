// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Position } from "geojson";
import { clipLand, clipRing, simplify } from "./basemap.ts";

const BOX = { west: 0, south: 0, east: 10, north: 10 };
const ring = (...points: [number, number][]): Position[] => [...points, points[0]!];

describe("cutting the base map", () => {
  it("keeps what lies inside as it is", () => {
    const inside = ring([1, 1], [5, 1], [5, 5], [1, 5]);
    expect(clipRing(inside, BOX)).toHaveLength(inside.length);
  });
  it("drops what lies outside", () => {
    expect(clipRing(ring([20, 20], [25, 20], [25, 25]), BOX)).toEqual([]);
    expect(clipLand([[ring([20, 20], [25, 20], [25, 25])]], BOX).coordinates).toEqual([]);
  });
  it("cuts a shore exactly on the border", () => {
    const cut = clipRing(ring([5, 5], [15, 5], [15, 8], [5, 8]), BOX);
    expect(Math.max(...cut.map(([lon]) => lon!))).toBe(10);
    expect(cut).toContainEqual([10, 5]);
    expect(cut[0]).toEqual(cut.at(-1));
  });
  it("fills the box from land that surrounds it", () => {
    const cut = clipRing(ring([-5, -5], [15, -5], [15, 15], [-5, 15]), BOX);
    expect(new Set(cut.map(String))).toEqual(new Set(["0,0", "10,0", "10,10", "0,10"]));
  });
  it("thins a line without moving it further than allowed", () => {
    const line: Position[] = [[0, 0], [1, 0.001], [2, 0], [3, 1], [4, 0]];
    expect(simplify(line, 0.01)).toEqual([[0, 0], [2, 0], [3, 1], [4, 0]]);
    expect(simplify(line, 0)).toEqual(line);
  });
  it("keeps a closed ring closed", () => {
    const round = ring([0, 0], [4, 0], [4, 4], [0, 4]);
    const thin = simplify(round, 0.1);
    expect([thin[0], thin.length]).toEqual([thin.at(-1), 5]);
  });
});
