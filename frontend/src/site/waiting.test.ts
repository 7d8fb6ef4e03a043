import { expect, it } from "vitest";
import { body } from "./waiting.ts";

const REPORT = {
  id: "0192f0c0-7000-7000-8000-000000000001",
  savedAt: "2026-11-20T00:58:12.000Z",
  fields: [["text", "Jembatan kecil di Soya patah"], ["csrfmiddlewaretoken", "old"], ["created_offline_at", ""]] as [string, string][],
  photos: [new Blob(["a"], { type: "image/jpeg" }), new Blob(["b"], { type: "image/jpeg" })],
};

it("sends what was written, with today's token and the moment it was written", () => {
  const form = body(REPORT, "fresh");
  expect(form.get("text")).toBe("Jembatan kecil di Soya patah");
  expect(form.getAll("csrfmiddlewaretoken")).toEqual(["fresh"]);
  expect(form.get("created_offline_at")).toBe("2026-11-20T00:58:12.000Z");
  expect(form.getAll("photos")).toHaveLength(2);
});
