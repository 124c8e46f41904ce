import assert from "node:assert/strict";
import { test } from "node:test";

import { GraphIndex } from "../src/data/GraphIndex.ts";
import { counts, fits, NO_FILTERS, toggled } from "../src/filters/filters.ts";
import { shown } from "../src/graph/shown.ts";
import { edge, graph, table } from "./graphs.ts";

const CHAIN = new GraphIndex(
  graph(["a", "b", "c", "d"].map((name) => table(name)), [edge(0, 1), edge(1, 2), edge(2, 3), edge(0, 3), edge(1, 1)]),
);
const lines = (keep: readonly number[]) =>
  shown(CHAIN, (at) => keep.includes(at)).edges.map(({ source, target, edge: known }) => [source, target, known !== null]);

test("everything is shown, but no edge from a table to itself", () => {
  assert.deepEqual(lines([0, 1, 2, 3]), [[0, 1, true], [0, 3, true], [1, 2, true], [2, 3, true]]);
});

test("tables stay connected through hidden ones, once", () => {
  assert.deepEqual(lines([0, 2]), [[0, 2, false]]);
  assert.deepEqual(lines([0, 3]), [[0, 3, true]]);
});

test("a hidden circle ends", () => {
  const circle = new GraphIndex(
    graph(["a", "b", "c", "d"].map((name) => table(name)), [edge(0, 1), edge(1, 2), edge(2, 1), edge(2, 3)]),
  );

  assert.deepEqual(shown(circle, (at) => at === 0 || at === 3).edges, [{ source: 0, target: 3, edge: null }]);
});

test("a table fits when it fits every facet; counts leave out their own facet", () => {
  const tables = [
    table("a", [], { stage: "ingestion", status: "success" }),
    table("b", [], { stage: "transform", status: "success" }),
    table("c", [], { stage: "transform", status: "failure" }),
  ];
  const filters = toggled(toggled(NO_FILTERS, "stage", "transform"), "status", "success");

  assert.deepEqual(tables.map((each) => fits(each, filters)), [false, true, false]);
  const found = counts(tables, filters);
  assert.deepEqual([...found.stage], [["ingestion", 1], ["transform", 1]]);
  assert.deepEqual([...found.status], [["success", 1], ["failure", 1]]);
});
