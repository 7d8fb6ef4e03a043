import { beforeEach, describe, expect, it } from "vitest";
import { icon } from "./icon.ts";
import { showState } from "./live.ts";
import { word } from "./words.ts";

const html = document.documentElement;
beforeEach(() => {
  html.setAttribute("data-word-lost", "Koneksi terputus");
  html.setAttribute("data-icons", "/static/shared/icons.svg?v=1");
  document.body.innerHTML = '<span id="live" data-state="live">Langsung</span>';
});

describe("the live sign", () => {
  it("says in words and shape that the line is gone", () => {
    showState("lost");
    const sign = document.getElementById("live");
    expect([sign?.dataset["state"], sign?.textContent]).toEqual(["lost", "Koneksi terputus"]);
  });
  it("is not touched while nothing changes, so that readers do not repeat it", () => {
    showState("live");
    expect(document.getElementById("live")?.textContent).toBe("Langsung");
  });
  it("may be missing", () => expect(() => showState("lost", null)).not.toThrow());
});

describe("words and icons from the page", () => {
  it("are filled in, and unknown ones show their name", () => {
    html.setAttribute("data-word-trying", "percobaan {n}, {x}");
    expect(word("trying", { n: 9 })).toBe("percobaan 9, {x}");
    expect(word("no-such-word")).toBe("no-such-word");
  });
  it("use the sprite of the templates and are silent for readers", () => {
    const svg = icon("lock", "i xs");
    expect(svg.querySelector("use")?.getAttribute("href")).toBe("/static/shared/icons.svg?v=1#lock");
    expect([svg.getAttribute("class"), svg.getAttribute("aria-hidden")]).toEqual(["i xs", "true"]);
  });
});
