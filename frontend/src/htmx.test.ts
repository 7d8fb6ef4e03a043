import { afterEach, describe, expect, it, vi } from "vitest";
import { csrfToken, htmx, startHtmx } from "./htmx.ts";

// the test browser has no XPath, which htmx asks for when it is loaded
vi.hoisted(() => {
  const nothing = { evaluate: () => ({ iterateNext: () => null }) };
  Object.assign(globalThis, { XPathEvaluator: class { createExpression = () => nothing; } });
});

afterEach(() => {
  document.head.replaceChildren();
  document.body.replaceChildren();
});

describe("htmx under a strict policy", () => {
  startHtmx();
  it("evaluates nothing and injects no style", () => {
    const { allowEval, allowScriptTags, includeIndicatorStyles, selfRequestsOnly, historyCacheSize } = htmx.config;
    expect({ allowEval, allowScriptTags, includeIndicatorStyles, selfRequestsOnly, historyCacheSize }).toEqual({
      allowEval: false, allowScriptTags: false, includeIndicatorStyles: false, selfRequestsOnly: true, historyCacheSize: 0,
    });
  });
  it("signs every request with the page's token", () => {
    document.head.innerHTML = '<meta name="csrf-token" content="abc">';
    const headers: Record<string, string> = {};
    document.dispatchEvent(new CustomEvent("htmx:configRequest", { detail: { headers } }));
    expect(headers).toEqual({ "X-CSRFToken": "abc" });
  });
  it("takes the token from the cookie where a page has no meta tag", () => {
    document.cookie = "csrftoken=xyz";
    expect(csrfToken()).toBe("xyz");
  });
  const failed = (type: string, body: string): void => {
    const xhr = { responseText: body, getResponseHeader: () => type };
    document.dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr } }));
  };
  it("shows the server's own sentence when a request fails", () => {
    failed("text/plain; charset=utf-8", "Laporan 2026-000001 sudah ditutup.");
    expect(document.querySelector(".toast.error span")?.textContent).toBe("Laporan 2026-000001 sudah ditutup.");
  });
  it("never shows a page of HTML as a message", () => {
    failed("text/html", "<h1>500</h1>");
    expect(document.querySelector(".toast.error span")?.textContent).not.toContain("<");
  });
});
