import { beforeEach, describe, expect, it } from "vitest";
import type { Areas, LonLat, Pixel } from "./model.ts";
import { NameLayer } from "./names.ts";

function area(name: string, west: number, level = "village"): Areas["features"][number] {
  const ring = [[west, 0], [west + 100, 0], [west + 100, 50], [west, 50], [west, 0]];
  return { type: "Feature", properties: { code: name, name, level }, geometry: { type: "Polygon", coordinates: [ring] } };
}
const onScreen = ({ lon, lat }: LonLat): Pixel => ({ x: lon, y: lat });
const zoomedOut = ({ lon, lat }: LonLat): Pixel => ({ x: lon / 10, y: lat });

let layer: NameLayer;
const shown = (): string[] => [...layer.element.children].filter((name) => !(name as HTMLElement).hidden).map((name) => name.textContent ?? "");
const topOf = (name: string): number => {
  const element = [...layer.element.children].find((child) => child.textContent === name) as HTMLElement;
  return Number(/, (-?\d+)px/.exec(element.style.transform)?.[1]);
};
beforeEach(() => {
  layer = new NameLayer();
  document.body.replaceChildren(layer.element);
});
const draw = (areas: Areas["features"], project = onScreen, points: Pixel[] = []): void => {
  layer.setAreas({ type: "FeatureCollection", features: areas });
  layer.draw(project, 1_000, 300, points);
};

describe("names on the map", () => {
  it("stand in the middle of their area", () => {
    draw([area("Sirimau", 0), area("Baguala", 300)]);
    expect(shown()).toEqual(["Sirimau", "Baguala"]);
  });
  it("are silent where the area is much narrower than its name", () => {
    draw([area("Leitimur Selatan", 500)], zoomedOut);
    expect(shown()).toEqual([]);
  });
  it("never lie on one another: the larger unit speaks first", () => {
    const same = ["a", "b", "c", "d", "e"].map(() => area("Batu Merah", 100));
    draw([...same, area("Sirimau", 100, "district")]);
    expect(shown()[0]).toBe("Sirimau");
    const tops = shown().length;
    expect(tops).toBeLessThan(6);
  });
  it("step aside for a point when there is room", () => {
    draw([area("Sirimau", 100)]);
    const calm = topOf("Sirimau");
    draw([area("Sirimau", 100)], onScreen, [{ x: 150, y: 25 }]);
    expect(topOf("Sirimau")).not.toBe(calm);
    expect(shown()).toEqual(["Sirimau"]);
  });
  it("do not hang over the edge", () => {
    draw([area("Teluk Ambon", -95)]);
    expect(shown()).toEqual([]);
  });
  it("are hidden from readers, which have the list", () => {
    expect(layer.element.getAttribute("aria-hidden")).toBe("true");
  });
});
