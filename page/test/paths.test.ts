import assert from "node:assert/strict";
import { test } from "node:test";

import { GraphIndex } from "../src/data/GraphIndex.ts";
import { columnPath, columnSources, tablePath } from "../src/data/paths.ts";
import { edge, graph, table } from "./graphs.ts";

// a → b → d, a → c → d, and e alone.
const DIAMOND = new GraphIndex(
  graph(["a", "b", "c", "d", "e"].map((name) => table(name)), [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3)]),
);

// raw(id, amount, country) → staging(id, amount) → mart(total, orders)
const COLUMNS = new GraphIndex(
  graph(
    [table("raw", ["id", "amount", "country"]), table("staging", ["id", "amount"]), table("mart", ["total", "orders"])],
    [
      edge(0, 1, { direct: [[0, 0, 0], [1, 1, 0]], indirect: [[2, -1, 1]] }),
      edge(1, 2, { direct: [[1, 0, 0], [1, 0, 1]] }),
    ],
  ),
);

test("a table's path has all that it is made from and all that is made from it", () => {
  const { tables, edges } = tablePath(DIAMOND, 1);

  assert.deepEqual([...tables], [[1, "self"], [0, "up"], [3, "down"]]);
  assert.equal(edges.size, 2);
});

test("a path through a circle ends", () => {
  const circle = new GraphIndex(graph([table("a"), table("b")], [edge(0, 1), edge(1, 0), edge(0, 0)]));

  assert.deepEqual([...tablePath(circle, 0).tables.keys()].sort(), [0, 1]);
});

test("a column's path follows direct edges both ways", () => {
  const { columns, links } = columnPath(COLUMNS, 1, 1, false);

  assert.deepEqual([...(columns.get(0) ?? [])], [[1, "up"]]);
  assert.deepEqual([...(columns.get(1) ?? [])], [[1, "self"]]);
  assert.deepEqual([...(columns.get(2) ?? [])], [[0, "down"]]);
  assert.deepEqual(links.map((link) => link.direct), [true, true, true]);
});

test("what decides rows is followed only when asked, to every column", () => {
  assert.equal(columnPath(COLUMNS, 0, 2, false).links.length, 0);

  const { columns } = columnPath(COLUMNS, 0, 2, true);

  assert.deepEqual([...(columns.get(1)?.keys() ?? [])].sort(), [0, 1]);
  assert.deepEqual([...(columns.get(2)?.keys() ?? [])], [0]);
});

test("upstream of any column is what decides its table's rows", () => {
  const up = columnPath(COLUMNS, 2, 0, true).columns.get(0);

  assert.deepEqual([...(up ?? [])].map(([column]) => column).sort(), [1, 2]);
  assert.deepEqual(columnSources(COLUMNS, 1, 0).map(({ up: column, direct }) => [column, direct]), [[0, true], [2, false]]);
});

test("columns with an edge are linked, the others are not", () => {
  assert.deepEqual([...COLUMNS.linked(2)], [0]);
  assert.deepEqual([...COLUMNS.linked(0)].sort(), [0, 1, 2]);
});
