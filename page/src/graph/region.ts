import { WIDTH } from "./card.ts";
import type { Scene } from "./scene.ts";
import type { ShownEdge } from "./shown.ts";

interface Seen {
  readonly transform: readonly [number, number, number];
  readonly width: number;
  readonly height: number;
}

/**
 * The part of the graph that is seen, and at least half as much on each side: left, top, right, bottom as text.
 *
 * It moves in steps of at most half a screen, so that moving a little changes nothing.
 */
export function regionOf({ transform: [x, y, zoom], width, height }: Seen): string {
  const scale = 2 ** Math.ceil(Math.log2(zoom));
  const steps = Math.ceil((2 * scale) / zoom) + 3;
  const [across, down] = [Math.max(1, width) / scale / 2, Math.max(1, height) / scale / 2];
  const left = Math.floor(-x / zoom / across - 1) * across;
  const top = Math.floor(-y / zoom / down - 1) * down;
  return [left, top, left + steps * across, top + steps * down].map(Math.round).join(" ");
}

/** The edges whose lines may cross the region. */
export function inRegion({ shown, cards }: Scene, region: string): readonly ShownEdge[] {
  const [left = 0, top = 0, right = 0, bottom = 0] = region.split(" ").map(Number);
  return shown.edges.filter(({ source, target }) => {
    const [from, to] = [cards.get(source), cards.get(target)];
    if (!from || !to) return false;
    const [start, end] = [Math.min(from.x, to.x), Math.max(from.x, to.x) + WIDTH];
    const [high, low] = [Math.min(from.y, to.y), Math.max(from.y + from.height, to.y + to.height)];
    return end >= left && start <= right && low >= top && high <= bottom;
  });
}
