/**
 * Names of areas as HTML over the map, because a map that draws letters by itself would fetch fonts
 * from elsewhere. A name is shown where it does not touch one already shown: larger areas go first.
 */
import { boxOf, namePlace, ringsOf, type Areas, type LonLat, type Pixel } from "./model.ts";

const ORDER = ["province", "city", "regency", "district", "village"];
const VILLAGE_FROM_WIDTH_PX = 46; // an area narrower than its name stays silent

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

  /** Puts every name to its pixel; to be called when the map has moved. */
  draw(project: (place: LonLat) => Pixel, width: number, height: number): void {
    const taken: { left: number; right: number; top: number; bottom: number }[] = [];
    const size = Number.parseFloat(getComputedStyle(this.element).getPropertyValue("--name-px")) || 12;
    for (const name of this.#names) {
      const { x, y } = project(name.place);
      const half = (name.text.length * size * 0.54) / 2;
      const box = { left: x - half - 4, right: x + half + 4, top: y - size * 0.7, bottom: y + size * 0.7 };
      const wide = project(name.east).x - project(name.west).x;
      const outside = box.left < 0 || box.right > width || box.top < 0 || box.bottom > height;
      const crowded = taken.some((t) => box.left < t.right && box.right > t.left && box.top < t.bottom && box.bottom > t.top);
      const silent = outside || crowded || wide < Math.min(VILLAGE_FROM_WIDTH_PX, half);
      name.element.hidden = silent;
      if (silent) continue;
      taken.push(box);
      name.element.style.transform = `translate(${Math.round(x - half)}px, ${Math.round(y - size * 0.7)}px)`;
    }
  }
}
