import { type Curve, tableCurve } from "./lines.ts";
import type { Scene } from "./scene.ts";
import type { ShownEdge } from "./shown.ts";

const STEPS = 32;

/** The edge whose line passes closest to a point, if one is within reach; cards hide what passes below them. */
export function edgeAt({ shown, cards }: Scene, x: number, y: number, reach: number): ShownEdge | null {
  let best: ShownEdge | null = null;
  let closest = reach;
  for (const edge of shown.edges) {
    const [from, to] = [cards.get(edge.source), cards.get(edge.target)];
    if (!from || !to || edge.edge === null) continue;
    const line = tableCurve(from, to);
    if (!isNear(line, x, y, reach)) continue;
    const distance = distanceTo(line, x, y);
    if (distance < closest) [best, closest] = [edge, distance];
  }
  return best;
}

/** Whether the point is near the box around the curve's four points, which the curve never leaves. */
function isNear([x1, y1, xa, ya, xb, yb, x2, y2]: Curve, x: number, y: number, reach: number): boolean {
  if (x < Math.min(x1, xa, xb, x2) - reach || x > Math.max(x1, xa, xb, x2) + reach) return false;
  return y >= Math.min(y1, ya, yb, y2) - reach && y <= Math.max(y1, ya, yb, y2) + reach;
}

function distanceTo([x1, y1, xa, ya, xb, yb, x2, y2]: Curve, x: number, y: number): number {
  let shortest = Number.POSITIVE_INFINITY;
  let before = [x1, y1] as const;
  for (let step = 1; step <= STEPS; step += 1) {
    const t = step / STEPS;
    const point = [cubic(t, x1, xa, xb, x2), cubic(t, y1, ya, yb, y2)] as const;
    shortest = Math.min(shortest, distanceToSegment(before, point, x, y));
    before = point;
  }
  return shortest;
}

function cubic(t: number, a: number, b: number, c: number, d: number): number {
  const u = 1 - t;
  return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
}

function distanceToSegment(a: readonly [number, number], b: readonly [number, number], x: number, y: number): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / length));
  return Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}
