/** `<baileo-map>` drawn as SVG: all the site needs, and the fallback of the others. */
import landUrl from "./assets/land.json?url";
import { BaileoMap } from "./map/element.ts";

BaileoMap.landUrl = new URL(landUrl, import.meta.url).href;
customElements.define("baileo-map", BaileoMap);
export { BaileoMap };
