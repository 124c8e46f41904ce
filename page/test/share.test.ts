import assert from "node:assert/strict";
import { test } from "node:test";

import { shared } from "../src/live/share.ts";

const BEFORE = { head: 1, tables: [{ id: "a", columns: [{ name: "x" }] }, { id: "b", columns: [] }], tags: { one: 1 } };

test("what is equal is the very same", () => {
  assert.equal(shared(BEFORE, structuredClone(BEFORE)), BEFORE);
});

test("what changed is new, and what holds it; the rest stays", () => {
  const after = structuredClone(BEFORE);
  after.head = 2;
  after.tables[1] = { id: "b", columns: [{ name: "y" }] };

  const made = shared(BEFORE, after);

  assert.deepEqual(made, after);
  assert.equal(made.tables[0], BEFORE.tables[0]);
  assert.notEqual(made.tables[1], BEFORE.tables[1]);
  assert.equal(made.tags, BEFORE.tags);
});

test("members that moved are found by their id", () => {
  const after = { ...structuredClone(BEFORE), tables: [{ id: "new", columns: [] }, ...structuredClone(BEFORE.tables)] };

  const made = shared(BEFORE, after);

  assert.deepEqual(made, after);
  assert.equal(made.tables[1], BEFORE.tables[0]);
  assert.equal(made.tables[2], BEFORE.tables[1]);
});

test("nothing is lost or left over, whatever becomes of it", () => {
  const shapes = [null, 0, "", [], {}, [1], [1, 2], { a: 1 }, { a: undefined }, { b: null }, [{ id: "a" }], [{ id: "b" }], [null], { a: [] }];
  for (const before of shapes) for (const after of shapes) assert.deepEqual(shared<unknown>(before, after), after);
});
