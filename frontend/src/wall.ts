/** The wall's entry: no htmx, nobody clicks there. */
import "./css/wall.css";
import "./age.ts";
import "./bar.ts";
import "./map.ts";
import "./wall/index.ts";
