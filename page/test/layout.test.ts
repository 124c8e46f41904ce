import assert from "node:assert/strict";
import { test } from "node:test";

import { type Order, place } from "../src/layout/place.ts";
import { type Arc, withoutCircles, withoutShortcuts } from "../src/layout/reduce.ts";
import { settle } from "../src/layout/settle.ts";

const [WIDTH, HEIGHT] = [248, 80];

function order(count: number, arcs: readonly Arc[]): Order {
  return { count, arcs, width: WIDTH, height: HEIGHT };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Arcs from lower to higher numbers: no circle. */
function someArcs(count: number, many: number, seed: number): Arc[] {
  const next = random(seed);
  return Array.from({ length: many }, () => {
    const to = 1 + Math.floor(next() * (count - 1));
    return [Math.floor(next() * to), to] as const;
  });
}

function covering(x: ArrayLike<number>, y: ArrayLike<number>, heights: ArrayLike<number>): number {
  let found = 0;
  for (let a = 0; a < x.length; a += 1) {
    for (let b = a + 1; b < x.length; b += 1) {
      const across = Math.abs((x[a] ?? 0) - (x[b] ?? 0)) < WIDTH;
      const [top, low] = (y[a] ?? 0) < (y[b] ?? 0) ? [a, b] : [b, a];
      if (across && (y[top] ?? 0) + (heights[top] ?? 0) > (y[low] ?? 0)) found += 1;
    }
  }
  return found;
}

for (const [count, many] of [[1, 0], [2, 1], [30, 40], [300, 700]] as const) {
  test(`${count} cards stand from left to right, and none covers another`, () => {
    const arcs = someArcs(count, many, count);
    const { x, y } = place(order(count, arcs));

    assert.equal(covering(x, y, new Array(count).fill(HEIGHT)), 0);
    for (const [from, to] of arcs) assert.ok((x[from] ?? 0) < (x[to] ?? 0), `${from} is not left of ${to}`);
  });
}

test("a large graph is about as wide as a screen, not a strip", () => {
  const { x, y } = place(order(708, someArcs(708, 1725, 7)));
  const [width, height] = [Math.max(...x) + WIDTH, Math.max(...y) + HEIGHT];

  assert.ok(width / height > 1 && width / height < 4, `${width} × ${height}`);
});

test("the same graph stands in the same way", () => {
  const arcs = someArcs(200, 400, 3);

  assert.deepEqual(place(order(200, arcs)), place(order(200, arcs)));
});

test("a circle and an arc to itself are placed too", () => {
  const { x } = place(order(3, [[0, 1], [1, 2], [2, 0], [1, 1]]));

  assert.equal(new Set(x).size, 3);
});

test("no way is lost with the shortcuts, and no shortcut is left", () => {
  const arcs: Arc[] = [[0, 1], [1, 2], [0, 2], [2, 3], [0, 3]];

  assert.deepEqual(withoutShortcuts(4, arcs).sort(), [[0, 1], [1, 2], [2, 3]]);
  const many = someArcs(60, 200, 5);
  assert.deepEqual(reached(60, withoutShortcuts(60, many)), reached(60, many));
});

test("without circles, nothing leads back", () => {
  const kept = withoutCircles(3, [[0, 1], [1, 2], [2, 0], [2, 2]]);

  assert.deepEqual(kept.sort(), [[0, 1], [1, 2]]);
});

function reached(count: number, arcs: readonly Arc[]): string[] {
  const outs = new Map<number, number[]>();
  for (const [from, to] of arcs) outs.set(from, [...(outs.get(from) ?? []), to]);
  return Array.from({ length: count }, (_, start) => {
    const seen = new Set<number>();
    const waiting = [start];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const to of outs.get(at) ?? []) if (!seen.has(to) && seen.add(to)) waiting.push(to);
    }
    return [...seen].sort((a, b) => a - b).join();
  });
}

test("cards that grow push the others of their column away, up as much as down", () => {
  const placed = { x: Float64Array.from([0, 0, 0, 300]), y: Float64Array.from([0, 100, 200, 100]) };
  const heights = [80, 200, 80, 80];
  const tops = settle(placed, HEIGHT, heights, 18);

  assert.equal(covering(placed.x, tops, heights), 0);
  assert.equal((tops[1] ?? 0) + 100, 140);
  assert.equal(tops[3], 100);
});
