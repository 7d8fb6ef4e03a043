import { describe, expect, it } from "vitest";
import { changed, counts, span, type Snapshot } from "./snapshot.ts";

const UNITS = { day: "h", hour: "j", minute: "m" };
const NOW = new Date("2026-11-23T05:05:00Z");
const point = (id: string, urgency: "normal" | "high" | "urgent" = "normal"): Snapshot["points"][number] => ({ id, lon: 128.2, lat: -3.7, urgency, label: id });

describe("span", () => {
  it("names the two largest units", () => {
    expect(span("2026-11-23T01:53:00Z", NOW, UNITS)).toEqual([["3", "j"], ["12", "m"]]);
    expect(span("2026-11-18T03:05:00Z", NOW, UNITS)).toEqual([["5", "h"], ["2", "j"]]);
    expect(span("2026-11-23T05:04:10Z", NOW, UNITS)).toEqual([["0", "m"]]);
  });
  it("never goes below zero when clocks differ", () => {
    expect(span("2026-11-23T05:09:00Z", NOW, UNITS)).toEqual([["0", "m"]]);
  });
});

describe("changed", () => {
  it("finds what came, what went and what changed its urgency, and leaves the rest alone", () => {
    const { gone, come } = changed([point("a"), point("b"), point("c")], [point("b"), point("c", "urgent"), point("d")]);
    expect(gone).toEqual(["a"]);
    expect(come.map(({ id }) => id)).toEqual(["c", "d"]);
  });
});

it("counts points by urgency", () => {
  expect(counts([point("a"), point("b", "urgent"), point("c")])).toEqual({ normal: 2, high: 0, urgent: 1 });
});
