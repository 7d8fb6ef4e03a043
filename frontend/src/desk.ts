/** The desk's entry. */
import "./css/desk.css";
import "./age.ts";
import "./bar.ts";
import "./desk/index.ts";
