import assert from "node:assert/strict";
import { test } from "node:test";

import { search } from "../src/search/search.ts";
import { graph, table } from "./graphs.ts";

const SHOP = graph([
  table("raw.orders", ["id", "amount"]),
  table("marts.orders_by_day", ["day", "amount"]),
  table("marts.reorders", ["orders"]),
]);
const found = (typed: string) => search(SHOP, typed, 10).map(({ table: at, column }) => [at, column]);

test("what is equal comes first, then a word's beginning, tables before columns", () => {
  assert.deepEqual(found("orders").slice(0, 3), [[2, 0], [0, null], [1, null]]);
});

test("every word has to be there, in the table or the column", () => {
  assert.deepEqual(found("raw amount"), [[0, 1]]);
  assert.deepEqual(found("raw.orders.amount"), [[0, 1]]);
  assert.deepEqual(found("raw nothing"), []);
  assert.deepEqual(found("raw orders"), [[0, null]]);
});

test("case and width of letters do not matter", () => {
  assert.deepEqual(found("ＲＡＷ.Orders")[0], [0, null]);
});

test("nothing typed finds nothing", () => {
  assert.deepEqual(found("  "), []);
});

test("no more are found than asked for", () => {
  assert.equal(search(SHOP, "o", 2).length, 2);
});
