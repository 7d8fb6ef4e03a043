/** Shapes for MapLibre, drawn on a canvas at twice the size: diamond, square, circle, group with number. */
import type { Urgency } from "./model.ts";

const LOOK: Readonly<Record<Urgency, { fill: string; stroke: string; r: number }>> = {
  normal: { fill: "--pt-normal", stroke: "--pt-normal-edge", r: 11 },
  high: { fill: "--pt-high", stroke: "--pt-high-edge", r: 13 },
  urgent: { fill: "--pt-urgent", stroke: "--pt-urgent-edge", r: 15 },
};

function canvas(size: number): CanvasRenderingContext2D {
  const made = document.createElement("canvas");
  made.width = made.height = size;
  const pen = made.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("map: no 2d canvas");
  pen.translate(size / 2, size / 2);
  return pen;
}

function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || "#0f7c86";
}

function outline(pen: CanvasRenderingContext2D, urgency: Urgency, r: number): void {
  pen.beginPath();
  if (urgency === "normal") pen.arc(0, 0, r, 0, 2 * Math.PI);
  else if (urgency === "high") pen.rect(-r, -r, 2 * r, 2 * r);
  else {
    const d = r * 1.45;
    pen.moveTo(0, -d);
    for (const [x, y] of [[d, 0], [0, d], [-d, 0]] as const) pen.lineTo(x, y);
    pen.closePath();
  }
}

export function pointImage(element: Element, urgency: Urgency): ImageData {
  const { fill, stroke, r } = LOOK[urgency];
  const pen = canvas(56);
  outline(pen, urgency, r);
  pen.fillStyle = token(element, fill);
  pen.strokeStyle = token(element, stroke);
  pen.lineWidth = 4;
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, 56, 56);
}

export function clusterImage(element: Element, urgency: Urgency, count: string): ImageData {
  const pen = canvas(80);
  outline(pen, urgency === "high" ? "high" : "normal", 20 + 3 * count.length);
  pen.fillStyle = token(element, "--group-fill");
  pen.strokeStyle = token(element, urgency === "high" ? "--pt-high" : "--group-edge");
  pen.lineWidth = 5;
  pen.fill();
  pen.stroke();
  pen.fillStyle = "#ffffff";
  pen.font = `600 26px ${getComputedStyle(element).fontFamily}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(count, 0, 1);
  return pen.getImageData(0, 0, 80, 80);
}
