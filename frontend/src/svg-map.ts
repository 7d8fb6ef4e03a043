/** `<baileo-map>` drawn as SVG: all the site needs, and the fallback of the others. */
import { registerMap } from "./map/element.ts";
import { landUrl } from "./map/land.ts";

registerMap(landUrl);
