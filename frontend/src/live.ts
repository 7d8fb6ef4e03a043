/** The sign in the corner that says whether the page is live: shape, colour and word together. */
import type { State } from "./stream.ts";
import { word } from "./words.ts";

export function showState(state: State, sign: HTMLElement | null = document.getElementById("live")): void {
  if (!sign || sign.dataset["state"] === state) return;
  sign.dataset["state"] = state;
  sign.textContent = word(state);
}
