/** The wall's entry. */
import "./css/wall.css";
import "./age.ts";
import "./bar.ts";
import "./wall/index.ts";
