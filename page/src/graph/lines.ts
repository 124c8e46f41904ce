import { type Card, headMiddle, rowMiddle, WIDTH } from "./card.ts";

/** Path data of the line between two cards, from head to head. */
export function tableLine(source: Card, target: Card): string {
  return curve(source.x + WIDTH, headMiddle(source), target.x, headMiddle(target));
}

/** Path data of the line between two columns. */
export function columnLine(source: Card, up: number, target: Card, down: number): string {
  return curve(source.x + WIDTH, rowMiddle(source, up), target.x, rowMiddle(target, down));
}

/** How far a line goes straight on before it bends. */
export function bendOf(x1: number, x2: number): number {
  return x2 > x1 ? Math.max(32, (x2 - x1) / 2) : 120;
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const bend = bendOf(x1, x2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
