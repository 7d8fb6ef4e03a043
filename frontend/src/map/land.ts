/** Where the built base map lies; made by `tools/basemap.ts`. */
import url from "../assets/land.json?url";

export const landUrl = new URL(url, import.meta.url).href;
