/** What only the site does. */
import { start } from "./report.ts";

start();
