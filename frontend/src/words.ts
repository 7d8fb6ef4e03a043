/**
 * The words scripts need. They stand in `data-*` attributes of <html>, put there by the template in
 * the reader's language, so that there is one catalogue of translations and not two.
 */
const FALLBACK: Readonly<Record<string, string>> = {
  "age-now": "now", "age-minute": "{n} min", "age-hour": "{n} h", "age-day": "{n} d",
  close: "Close", undo: "Undo", keys: "Keys", "zoom-in": "Zoom in", "zoom-out": "Zoom out",
};

/** The word for `name` (as in `data-word-<name>`), with `{n}` and the like filled in. */
export function word(name: string, values: Readonly<Record<string, string | number>> = {}): string {
  const found = document.documentElement.getAttribute(`data-word-${name}`) ?? FALLBACK[name] ?? name;
  return found.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
