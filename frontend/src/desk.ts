/** The desk's entry. */
import "./css/desk.css";
import "./age.ts";
import "./bar.ts";
import { listenForSheets } from "./dialog.ts";
import { startHtmx } from "./htmx.ts";
import { listenForKeys } from "./keys.ts";
import { dismissServed } from "./toast.ts";
import "./map.ts";
import "./desk/index.ts";

startHtmx();
listenForKeys();
listenForSheets();
dismissServed();
