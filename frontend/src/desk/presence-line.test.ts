import { expect, it } from "vitest";
import { presenceLine } from "./presence-line.ts";

const WORDS = { typing: "{name} sedang mengetik", open: "{name} membuka ini" };
const said = (name: string, doing: string, at = 0) => ({ name, doing, at });

it("says who types before who merely looks", () => {
  expect(presenceLine([said("Ibu Lin", "open"), said("Pak Ongen", "typing")], WORDS, 1_000)).toBe("Pak Ongen sedang mengetik");
  expect(presenceLine([said("Ibu Lin", "open")], WORDS, 1_000)).toBe("Ibu Lin membuka ini");
});

it("forgets who closed and who fell silent", () => {
  expect(presenceLine([said("Ibu Lin", "closed")], WORDS, 1_000)).toBe("");
  expect(presenceLine([said("Ibu Lin", "typing")], WORDS, 41_000)).toBe("");
});
