/** `<baileo-map>` for the desk and the wall: MapLibre, fetched only when a map is on the page. */
import { registerMap } from "./map/element.ts";
import { landUrl } from "./map/land.ts";

registerMap(landUrl, async (host, lost) => (await import("./map/gl.ts")).makeGlView(host, lost));
