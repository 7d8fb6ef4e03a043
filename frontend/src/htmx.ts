/** htmx under a strict content security policy: nothing is evaluated, no style is injected. */
import htmx from "htmx.org/dist/htmx.esm.js";
import { toast } from "./toast.ts";
import { word } from "./words.ts";

/** From the meta tag where a page has one, else from the cookie. */
export function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  return meta?.content || (/(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "");
}

export function startHtmx(): void {
  Object.assign(htmx.config, {
    allowEval: false,
    allowScriptTags: false,
    includeIndicatorStyles: false,
    attributesToSettle: ["class"], // carrying a style attribute over is refused by the policy
    selfRequestsOnly: true,
    historyCacheSize: 0, // pages hold personal data; none of it goes to localStorage
    refreshOnHistoryMiss: true,
    timeout: 20_000,
    // 422: a form comes back with its errors; 409: somebody was faster, the page shows what changed
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "4(09|22)", swap: true, error: false },
      { code: "[45]..", swap: false, error: true },
    ],
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const { headers } = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
    headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    toast(plainText(xhr) || word("failed"), { error: true });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => toast(word("offline"), { error: true }));
  }
}

/** The server's own sentence when it sent one as text; never a page of HTML. */
function plainText(xhr: XMLHttpRequest): string {
  const isText = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  return isText && xhr.responseText.length < 400 ? xhr.responseText.trim() : "";
}

export { htmx };
