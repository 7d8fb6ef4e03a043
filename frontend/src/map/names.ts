/**
 * Names of areas as HTML over the map, because a map that draws letters by itself would fetch fonts
 * from elsewhere. A name is shown where it does not touch one already shown: larger areas go first.
 */
import { boxOf, namePlace, ringsOf, type Areas, type LonLat, type Pixel } from "./model.ts";

const ORDER = ["province", "city", "regency", "district", "village"];
const SILENT_UNDER_PX = 46; // an area much narrower than its name stays silent
const LETTER_WIDTH = 0.54; // of the letter height, Inter on average
const SHIFTS = [[0, 0], [0, -1.4], [0, 1.4], [-1, -1.4], [1, 1.4], [1, -1.4], [-1, 1.4], [0, -2.4], [0, 2.4], [0.6, 0], [-0.6, 0], [0.6, 2.4], [-0.6, 2.4], [0.6, -2.4], [-0.6, -2.4], [0, -3.6], [0, 3.6], [1.2, 0], [-1.2, 0]] as const; // half widths to the right, letter heights down

type Rect = { left: number; right: number; top: number; bottom: number };
const around = (x: number, y: number, half: number, tall: number): Rect => ({ left: x - half, right: x + half, top: y - tall, bottom: y + tall });
const touch = (a: Rect, b: Rect): boolean => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;

type Name = { text: string; place: LonLat; west: LonLat; east: LonLat; rank: number; element: HTMLSpanElement };

export class NameLayer {
  readonly element = document.createElement("div");
  #names: Name[] = [];

  constructor() {
    this.element.className = "names";
    this.element.setAttribute("aria-hidden", "true");
  }

  setAreas(areas: Areas): void {
    this.#names = areas.features.map((area) => {
      const element = document.createElement("span");
      element.className = "name";
      element.textContent = area.properties.name;
      const place = namePlace(area);
      const box = boxOf(ringsOf(area.geometry).flat()) ?? { west: 0, east: 0, south: 0, north: 0 };
      const rank = ORDER.indexOf(area.properties.level);
      return { text: area.properties.name, place, west: { lon: box.west, lat: place.lat }, east: { lon: box.east, lat: place.lat }, rank, element };
    }).sort((a, b) => a.rank - b.rank || b.east.lon - b.west.lon - (a.east.lon - a.west.lon));
    this.element.replaceChildren(...this.#names.map((name) => name.element));
  }

  /** Letter height in pixels, as the stylesheet of the surface wants it. */
  get size(): number {
    return Number.parseFloat(getComputedStyle(this.element).fontSize) || 12;
  }

  /** Puts every name to its pixel; to be called when the map has moved. Points are left uncovered if they can be. */
  draw(project: (place: LonLat) => Pixel, width: number, height: number, points: readonly (Pixel & { r?: number })[] = []): void {
    const size = this.size;
    const marks = points.map(({ x, y, r = size * 0.5 }) => around(x, y, r, r));
    const taken: Rect[] = [];
    for (const name of this.#names) {
      const wide = project(name.east).x - project(name.west).x;
      const half = (name.text.length * size * LETTER_WIDTH) / 2;
      const { x, y } = project(name.place);
      const tries = SHIFTS.map(([right, down]) => around(x + right * half, y + down * size, half + 4, size * 0.7)).filter(
        (box) => box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && !taken.some((t) => touch(t, box)),
      );
      const hidden = (box: Rect): number => marks.filter((mark) => touch(mark, box)).length;
      const box = tries.find((free) => !hidden(free)) ?? tries.sort((a, b) => hidden(a) - hidden(b))[0];
      const silent = !box || wide < Math.min(SILENT_UNDER_PX, half);
      name.element.hidden = silent;
      if (silent) continue;
      taken.push(box);
      name.element.style.transform = `translate(${Math.round(box.left + 4)}px, ${Math.round(box.top)}px)`;
    }
  }
}
