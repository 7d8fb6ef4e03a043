/** What only the wall does. */
import "./screen.ts";
