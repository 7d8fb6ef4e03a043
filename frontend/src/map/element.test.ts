import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BaileoMap, registerMap } from "./element.ts";
import type { Areas, LonLat, MapHost, MapPoint, MapView } from "./model.ts";

const AREAS: Areas = {
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: { code: "81.71", name: "Ambon", level: "city", centroid: [128.18, -3.69] }, geometry: { type: "Polygon", coordinates: [[[128, -4], [128.4, -4], [128.4, -3.5], [128, -3.5], [128, -4]]] } }],
};
const POINTS: MapPoint[] = [{ id: "1", lon: 128.2, lat: -3.7, urgency: "urgent", label: "Banjir", url: "#r1" }];
registerMap("/land.json");

function answer(url: string): Response {
  if (url.includes("areas")) return Response.json(AREAS);
  if (url.includes("points")) return Response.json(POINTS);
  if (url.includes("land")) return Response.json({ type: "MultiPolygon", coordinates: AREAS.features.map((f) => f.geometry.coordinates) });
  return new Response("", { status: 503 });
}
const drawnFrames = async (): Promise<void> => {
  await new Promise((done) => setTimeout(done, 30));
};

let map: BaileoMap;
async function show(attributes: string): Promise<BaileoMap> {
  document.body.innerHTML = `<baileo-map ${attributes}></baileo-map>`;
  map = document.querySelector<BaileoMap>("baileo-map")!;
  await map.ready;
  await drawnFrames();
  return map;
}

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 400, 300));
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
  vi.stubGlobal("fetch", vi.fn(async (url: string) => answer(url)));
  BaileoMap.makeGl = undefined;
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("<baileo-map> as our own SVG", () => {
  it("draws outlines, names and points from the addresses it is given", async () => {
    await show('areas="/areas.json" points="/points.json"');
    expect(map.querySelectorAll("path.area")).toHaveLength(1);
    expect(map.querySelector(".names .name")?.textContent).toBe("Ambon");
    expect(map.querySelectorAll(".pt.urgent")).toHaveLength(1);
  });
  it("draws what came when a part did not: the map is never a hole", async () => {
    await show('areas="/areas.json" points="/broken"');
    expect(map.querySelectorAll("path.area")).toHaveLength(1);
    expect(map.hasAttribute("data-drawn")).toBe(true);
  });
  it("fetches the neighbouring islands only when asked", async () => {
    await show('areas="/areas.json"');
    expect(map.querySelector(".land")?.getAttribute("d")).toBeNull();
    await show('areas="/areas.json" land');
    expect(map.querySelector(".land")?.getAttribute("d")).toMatch(/^M/);
    expect(map.querySelector(".map-note")?.textContent).toBe("Natural Earth");
  });
  it("takes points one by one and off again", async () => {
    await show('areas="/areas.json"');
    map.add(POINTS[0]!);
    await drawnFrames();
    expect(map.querySelectorAll(".pt")).toHaveLength(1);
    map.remove("1");
    await drawnFrames();
    expect(map.querySelectorAll(".pt")).toHaveLength(0);
    map.remove();
    expect(map.isConnected).toBe(false);
  });
  it("tells the page before it follows a point", async () => {
    await show('areas="/areas.json" points="/points.json" interactive');
    const opened = vi.fn((event: Event) => event.preventDefault());
    map.addEventListener("open", opened);
    map.querySelector(".pt")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect((opened.mock.calls[0]![0] as CustomEvent<{ point: MapPoint }>).detail.point.id).toBe("1");
  });
  it("never reads a label as markup", async () => {
    await show('areas="/areas.json"');
    map.points = [{ ...POINTS[0]!, label: "<b>x</b>" }];
    await drawnFrames();
    expect(map.querySelector(".pt + title, g title")?.textContent).toBe("<b>x</b>");
    expect(map.querySelector("title b")).toBeNull();
  });
});

describe("choosing a place", () => {
  const picked = (): { lon: number; lat: number }[] => {
    const places: { lon: number; lat: number }[] = [];
    map.addEventListener("pick", (event) => places.push((event as CustomEvent<{ lon: number; lat: number }>).detail));
    return places;
  };
  const press = (key: string, shiftKey = false): void => {
    map.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, cancelable: true }));
  };

  it("works by tap and says where", async () => {
    await show('areas="/areas.json" lon="128.2" lat="-3.7" radius="1000" pick');
    const places = picked();
    map.querySelector(".view")?.dispatchEvent(new MouseEvent("click", { clientX: 200, clientY: 150, bubbles: true }));
    expect(places).toEqual([{ lon: expect.closeTo(128.2, 4), lat: expect.closeTo(-3.7, 4) }]);
    expect(map.place).toEqual(places[0]);
  });
  it("works from the keyboard: arrows move the pin, Shift further", async () => {
    await show('areas="/areas.json" lon="128.2" lat="-3.7" radius="1000" pick');
    const places = picked();
    press("ArrowRight");
    press("ArrowUp", true);
    expect(places[0]!.lon).toBeGreaterThan(128.2);
    expect(places[1]!.lat - -3.7).toBeGreaterThan(5 * (places[0]!.lon - 128.2));
  });
  it("starts in the middle when no place is known yet", async () => {
    await show('areas="/areas.json" pick');
    const places = picked();
    press("ArrowDown");
    expect(places[0]!.lon).toBeCloseTo(128.2, 3);
  });
  it("can be reached and says how to use it", async () => {
    document.documentElement.dataset["wordMapPick"] = "Pilih tempat";
    await show('areas="/areas.json" pick');
    expect([map.tabIndex, map.getAttribute("role"), map.getAttribute("aria-label")]).toEqual([0, "application", "Pilih tempat"]);
  });
  it("leaves a map that is only looked at out of the tab order", async () => {
    await show('areas="/areas.json"');
    expect(map.hasAttribute("tabindex")).toBe(false);
    expect(map.querySelector(".map-tools")).toBeNull();
  });
});

describe("when MapLibre cannot draw", () => {
  class FakeGl implements MapView {
    destroyed = false;
    setLand = vi.fn();
    setAreas = vi.fn();
    setPoints = vi.fn();
    setPin = vi.fn();
    fit = vi.fn();
    zoom = vi.fn();
    pan = vi.fn();
    project = (): { x: number; y: number } => ({ x: 0, y: 0 });
    unproject = (): LonLat => ({ lon: 0, lat: 0 });
    destroy(): void {
      this.destroyed = true;
    }
  }

  it("our own drawing stands in, with the same data", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    BaileoMap.makeGl = () => Promise.reject(new Error("no WebGL"));
    await show('areas="/areas.json" points="/points.json"');
    expect(map.querySelectorAll("path.area, .pt.urgent")).toHaveLength(2);
  });
  it("also later, when the graphics driver gives up", async () => {
    const gl = new FakeGl();
    let lose: (() => void) | undefined;
    BaileoMap.makeGl = async (_host: MapHost, lost) => ((lose = lost), gl);
    await show('areas="/areas.json" points="/points.json"');
    expect(gl.setAreas).toHaveBeenCalled();
    expect(map.querySelectorAll("path.area")).toHaveLength(0);
    lose?.();
    await drawnFrames();
    expect(gl.destroyed).toBe(true);
    expect(map.querySelectorAll("path.area, .pt.urgent")).toHaveLength(2);
  });
  it("a map that asks for the plain drawing never loads MapLibre", async () => {
    const makeGl = vi.fn();
    BaileoMap.makeGl = makeGl;
    await show('areas="/areas.json" plain');
    expect(makeGl).not.toHaveBeenCalled();
  });
});
