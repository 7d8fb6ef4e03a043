/** `<baileo-map>` for the desk and the wall: MapLibre, fetched only when a map is on the page. */
import { BaileoMap } from "./map/element.ts";
import "./svg-map.ts";

BaileoMap.makeGl = async (host, lost) => (await import("./map/gl.ts")).makeGlView(host, lost);
