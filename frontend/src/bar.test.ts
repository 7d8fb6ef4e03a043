import { describe, expect, it } from "vitest";
import { BaileoBar, share } from "./bar.ts";

describe("<baileo-bar>", () => {
  it.each([[3, 12, 0.25], [20, 12, 1], [-1, 12, 0], [1, 0, 0], [Number.NaN, 1, 0]])("%d of %d is %d", (value, max, part) => {
    expect(share(value, max)).toBe(part);
  });
  it("draws without a style attribute in the page and follows its value", () => {
    document.body.innerHTML = '<baileo-bar value="3" max="12"></baileo-bar>';
    const bar = document.querySelector("baileo-bar") as BaileoBar;
    expect(bar.style.getPropertyValue("--part")).toBe("0.25");
    bar.setAttribute("value", "6");
    expect(bar.style.getPropertyValue("--part")).toBe("0.5");
  });
  it("is silent for readers unless it says something of its own", () => {
    document.body.innerHTML = '<baileo-bar value="1"></baileo-bar><baileo-bar value="1" label="62 %"></baileo-bar>';
    const [silent, spoken] = document.querySelectorAll("baileo-bar");
    expect(silent?.getAttribute("aria-hidden")).toBe("true");
    expect([spoken?.getAttribute("role"), spoken?.getAttribute("aria-label")]).toEqual(["img", "62 %"]);
  });
});
