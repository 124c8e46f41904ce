import { type Card, headMiddle, rowMiddle, WIDTH } from "./card.ts";

/** A point, two that pull, and a point: of a cubic curve. */
export type Curve = readonly [x1: number, y1: number, xa: number, ya: number, xb: number, yb: number, x2: number, y2: number];

/** How far a line that leads back goes straight on before it turns, and how much of a pull brings it below the cards. */
const TURN = 120;
const DROP = 64;

/** Path data of the line between two cards, from head to head. */
export function tableLine(source: Card, target: Card): string {
  return pathOf(tableCurve(source, target));
}

/** Path data of the line between two columns. */
export function columnLine(source: Card, up: number, target: Card, down: number): string {
  return pathOf(curve(source.x + WIDTH, rowMiddle(source, up), target.x, rowMiddle(target, down)));
}

export function tableCurve(source: Card, target: Card): Curve {
  return curve(source.x + WIDTH, headMiddle(source), target.x, headMiddle(target));
}

/** A line that leads back, as in a circle of tables, passes below the cards: behind them nobody would see it. */
function curve(x1: number, y1: number, x2: number, y2: number): Curve {
  const back = x2 <= x1;
  const bend = back ? TURN : Math.max(32, (x2 - x1) / 2);
  const drop = back ? DROP : 0;
  return [x1, y1, x1 + bend, y1 + drop, x2 - bend, y2 + drop, x2, y2];
}

function pathOf([x1, y1, xa, ya, xb, yb, x2, y2]: Curve): string {
  return `M${x1} ${y1}C${xa} ${ya} ${xb} ${yb} ${x2} ${y2}`;
}
