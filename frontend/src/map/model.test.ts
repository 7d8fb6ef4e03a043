import { describe, expect, it } from "vitest";
import { boxAround, boxOf, boxOfAreas, Camera, grouped, METRES_PER_DEGREE, namePlace, parseBox, parsePlace, worstOf, type Areas, type MapPoint } from "./model.ts";

const AMBON = { lon: 128.18, lat: -3.69 };
const SQUARE: Areas = {
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: { code: "81.71.01", name: "Nusaniwe", level: "district" }, geometry: { type: "Polygon", coordinates: [[[128, -4], [128.2, -4], [128.2, -3.8], [128, -3.8], [128, -4]]] } }],
};
const point = (id: string, lon: number, urgency: MapPoint["urgency"] = "normal"): MapPoint => ({ id, lon, lat: -3.7, urgency });

function camera(width = 400, height = 300): Camera {
  return Object.assign(new Camera(), { width, height, ...AMBON });
}

describe("the camera", () => {
  it("shows a place and finds it again", () => {
    const there = { lon: 128.2345, lat: -3.6543 };
    const back = camera().unproject(camera().project(there));
    expect(back.lon).toBeCloseTo(there.lon, 9);
    expect(back.lat).toBeCloseTo(there.lat, 9);
  });
  it("has north above and east to the right", () => {
    const { x, y } = camera().project({ lon: 128.2, lat: -3.6 });
    expect(x).toBeGreaterThan(200);
    expect(y).toBeLessThan(150);
  });
  it("is true to distance both ways: a square on the ground is a square on the screen", () => {
    const view = camera();
    view.fit(boxAround(AMBON, 1_000));
    const { west, east, south, north } = boxAround(AMBON, 1_000);
    const wide = view.project({ lon: east, lat: AMBON.lat }).x - view.project({ lon: west, lat: AMBON.lat }).x;
    const high = view.project({ lon: AMBON.lon, lat: south }).y - view.project({ lon: AMBON.lon, lat: north }).y;
    expect(wide / high).toBeCloseTo(1, 3);
  });
  it("fits a box with room to spare", () => {
    const view = camera();
    const box = { west: 128, south: -3.8, east: 128.3, north: -3.6 };
    view.fit(box, 12);
    const corners = [view.project({ lon: box.west, lat: box.north }), view.project({ lon: box.east, lat: box.south })];
    expect(corners[0]!.x).toBeGreaterThanOrEqual(11.9);
    expect(corners[1]!.x).toBeLessThanOrEqual(388.1);
    expect(corners[0]!.y).toBeGreaterThanOrEqual(11.9);
  });
  it("zooms around the finger, which stays where it is", () => {
    const view = camera();
    const finger = { x: 60, y: 250 };
    const under = view.unproject(finger);
    view.zoom(1.5, finger);
    expect(view.project(under).x).toBeCloseTo(60, 6);
    expect(view.project(under).y).toBeCloseTo(250, 6);
  });
  it("pans by pixels and stops zooming before the map is empty", () => {
    const view = camera();
    const before = view.project(AMBON);
    view.pan(30, -10);
    expect(view.project(AMBON)).toEqual({ x: expect.closeTo(before.x - 30, 6), y: expect.closeTo(before.y + 10, 6) });
    view.zoom(100);
    expect(view.scale).toBe(2_000_000);
    view.zoom(-100);
    expect(view.scale).toBe(20);
  });
  it("fits a single point without dividing by nothing", () => {
    const view = camera();
    view.fit({ west: 128, east: 128, south: -3.7, north: -3.7 });
    expect(Number.isFinite(view.scale)).toBe(true);
  });
});

describe("boxes and places", () => {
  it("are read from attributes, or refused", () => {
    expect(parseBox("128,-4,128.4,-3.5")).toEqual({ west: 128, south: -4, east: 128.4, north: -3.5 });
    expect([null, "", "1,2,3", "a,b,c,d"].map(parseBox)).toEqual([undefined, undefined, undefined, undefined]);
    expect(parsePlace("128.2", "-3.7")).toEqual({ lon: 128.2, lat: -3.7 });
    expect([parsePlace(null, "1"), parsePlace("", ""), parsePlace("x", "1")]).toEqual([undefined, undefined, undefined]);
  });
  it("enclose what is given, or nothing", () => {
    expect(boxOf([[1, 2], [3, -4]])).toEqual({ west: 1, east: 3, south: -4, north: 2 });
    expect(boxOf([])).toBeUndefined();
    expect(boxOfAreas(SQUARE)).toEqual({ west: 128, east: 128.2, south: -4, north: -3.8 });
  });
  it("measure metres on the ground", () => {
    const box = boxAround(AMBON, 500);
    expect((box.north - box.south) * METRES_PER_DEGREE).toBeCloseTo(1_000, 6);
  });
  it("write a name at the server's centroid, else in the middle", () => {
    const [area] = SQUARE.features;
    expect(namePlace(area!).lon).toBeCloseTo(128.1, 9);
    const given = { ...area!, properties: { ...area!.properties, centroid: [128.15, -3.9] as [number, number] } };
    expect(namePlace(given)).toEqual({ lon: 128.15, lat: -3.9 });
  });
});

describe("points that would touch", () => {
  const project = camera().project.bind(camera());
  it("are drawn as one with its number", () => {
    const groups = grouped([point("a", 128.18), point("b", 128.1801), point("c", 128.3)], project);
    expect(groups.map((group) => group.points.length).sort()).toEqual([1, 2]);
  });
  it("take the shape of the worst among them", () => {
    expect(grouped([point("a", 128.18), point("b", 128.1801, "high")], project)[0]?.urgency).toBe("high");
    expect(worstOf([point("a", 1), point("b", 1, "urgent"), point("c", 1, "high")])).toBe("urgent");
  });
  it("never swallow an urgent one, and draw it last, on top", () => {
    const groups = grouped([point("u", 128.18, "urgent"), point("a", 128.18), point("b", 128.18)], project);
    expect(groups.map(({ urgency, points }) => [urgency, points.length])).toEqual([["normal", 2], ["urgent", 1]]);
  });
});
