/** SVG shapes of the map. */
const SVG = "http://www.w3.org/2000/svg";

export function make<K extends keyof SVGElementTagNameMap>(name: K, attributes: Readonly<Record<string, string | number>>): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** urgent diamond, high square, normal circle: the same shapes as in the lists. */
export function pointShape(urgency: string, r: number): SVGElement {
  if (urgency === "urgent") return make("path", { d: `M0${-r * 1.5}L${r * 1.5} 0 0 ${r * 1.5} ${-r * 1.5} 0Z` });
  if (urgency === "high") return make("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r });
  return make("circle", { r });
}

/** A pin whose point is at 0,0. */
export function pinShape(): SVGPathElement {
  const d = "M0 0C-9-11-15-18-15-27a15 15 0 0 1 30 0C15-18 9-11 0 0Zm0-33a6 6 0 1 0 0 12 6 6 0 0 0 0-12Z";
  return make("path", { class: "pin", d, "fill-rule": "evenodd" });
}
