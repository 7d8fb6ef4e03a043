/** The site's entry: light on purpose, no MapLibre and no htmx; maps are our own SVG. */
import "./css/site.css";
import "./age.ts";
import "./bar.ts";
import { listenForSheets } from "./dialog.ts";
import "./svg-map.ts";
import "./site/index.ts";

listenForSheets();
