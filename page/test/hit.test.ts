import assert from "node:assert/strict";
import { test } from "node:test";

import { GraphIndex } from "../src/data/GraphIndex.ts";
import { HEAD, NO_ROWS, WIDTH } from "../src/graph/card.ts";
import { edgeAt } from "../src/graph/hit.ts";
import type { Scene } from "../src/graph/scene.ts";
import { shown } from "../src/graph/shown.ts";
import { edge, graph, table } from "./graphs.ts";

const index = new GraphIndex(graph([table("a"), table("b"), table("c")], [edge(0, 1), edge(0, 2)]));
const card = (at: number, x: number, y: number) => ({ table: at, x, y, height: HEAD, rows: NO_ROWS, open: false });
const scene: Scene = {
  index,
  shown: shown(index, () => true),
  cards: new Map([[0, card(0, 0, 0)], [1, card(1, WIDTH + 200, 0)], [2, card(2, WIDTH + 200, 400)]]),
};

test("a line is found where it is drawn, and only there", () => {
  assert.equal(edgeAt(scene, WIDTH + 150, HEAD / 2 + 3, 7)?.target, 1);
  assert.equal(edgeAt(scene, WIDTH + 100, HEAD / 2 + 200, 7)?.target, 2);
  assert.equal(edgeAt(scene, WIDTH + 20, HEAD / 2 + 200, 7), null);
  assert.equal(edgeAt(scene, -50, HEAD / 2, 7), null);
});

test("a line that leads back is seen and found below the cards, not behind them", () => {
  const circle = new GraphIndex(graph([table("a"), table("b")], [edge(0, 1), edge(1, 0)]));
  const there = { ...scene, index: circle, shown: shown(circle, () => true) };

  assert.equal(edgeAt(there, WIDTH + 100, HEAD + 8, 7)?.source, 1);
  assert.equal(edgeAt(there, WIDTH + 100, HEAD / 2, 7)?.source, 0);
});
