/**
 * `<baileo-bar value="3" max="12" tone="warn" label="…">`: a thin bar. Its length goes through the
 * style object, which a strict CSP allows; a style attribute in the page it does not.
 */
export function share(value: number, max: number): number {
  if (!(max > 0) || Number.isNaN(value)) return 0;
  return Math.min(1, Math.max(0, value / max));
}

export class BaileoBar extends HTMLElement {
  static observedAttributes = ["value", "max", "label"];
  connectedCallback(): void {
    this.#draw();
  }
  attributeChangedCallback(): void {
    if (this.isConnected) this.#draw();
  }
  #draw(): void {
    const part = share(Number(this.getAttribute("value") ?? 0), Number(this.getAttribute("max") ?? 1));
    this.style.setProperty("--part", String(part));
    const label = this.getAttribute("label");
    if (!label) return this.setAttribute("aria-hidden", "true"); // the words beside it say the same
    this.removeAttribute("aria-hidden");
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", label);
  }
}

customElements.define("baileo-bar", BaileoBar);
