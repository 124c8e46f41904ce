import assert from "node:assert/strict";
import { test } from "node:test";

import { GraphIndex } from "../src/data/GraphIndex.ts";
import { columnSources } from "../src/data/paths.ts";
import { sourcesOf } from "../src/panel/sourcesOf.ts";
import { edge, graph, table } from "./graphs.ts";

test("an upstream column is told once, with all its parts; values before what decides rows", () => {
  const index = new GraphIndex(
    graph([table("a", ["x", "y"]), table("b", ["z"])], [edge(0, 1, { direct: [[1, 0, 0]], indirect: [[0, -1, 1], [0, 0, 2], [1, -1, 2]] })]),
  );

  assert.deepEqual(sourcesOf(columnSources(index, 1, 0), ["identity", "join", "group_by"]), [
    { table: 0, column: 1, direct: true, how: ["identity"] },
    { table: 0, column: 0, direct: false, how: ["join", "group by"] },
    { table: 0, column: 1, direct: false, how: ["group by"] },
  ]);
});
