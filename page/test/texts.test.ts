import assert from "node:assert/strict";
import { test } from "node:test";

import { formatRoute, parseRoute } from "../src/app/route.ts";
import { splitName } from "../src/data/names.ts";
import { lookOf } from "../src/data/status.ts";
import { compact, counted } from "../src/format/number.ts";
import { safeUrl } from "../src/format/url.ts";
import { ago, duration, moment, parseTime } from "../src/format/time.ts";
import { sqlTokens } from "../src/panel/sqlTokens.ts";

test("only http and https are links", () => {
  assert.equal(safeUrl("https://dagster.example/runs/1"), "https://dagster.example/runs/1");
  for (const bad of ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "//host", "", null]) {
    assert.equal(safeUrl(bad), null);
  }
});

test("an address comes back as it was, whatever is in it", () => {
  const route = { view: "runs", table: "duckdb://a/b&c=d#e?\n🦆", column: "<b>", run: "" } as const;

  assert.deepEqual(parseRoute(formatRoute(route)), route);
  assert.deepEqual(parseRoute("#view=nothing&%"), { view: "graph", table: null, column: null, run: null });
});

test("names are split where people look", () => {
  assert.deepEqual(splitName("marts.orders"), { prefix: "marts", base: "orders" });
  assert.deepEqual(splitName("marts/orders.parquet"), { prefix: "marts", base: "orders.parquet" });
  assert.deepEqual(splitName("orders"), { prefix: "", base: "orders" });
  assert.equal(splitName(" ").base, "(no name)");
  assert.equal(splitName("marts. ").base, "marts. ");
});

test("statuses that nobody knows are shown as they are", () => {
  assert.equal(lookOf("failure").tone, "failure");
  for (const odd of ["constructor", "__proto__", "new"]) assert.equal(lookOf(odd).label, odd);
});

test("a moment says which zone's time it is", () => {
  process.env["TZ"] = "Asia/Tokyo";

  assert.match(moment(new Date("2026-11-21T12:00:00Z")), /9:00:00.*(GMT\+9|JST)/);
});

test("SQL in pieces is the SQL", () => {
  const sql = "select 'it''s', \"a\" -- x\nfrom t /* y */ where n > 1.5 and b = 'open";
  const tokens = sqlTokens(sql);

  assert.equal(tokens.map(({ text }) => text).join(""), sql);
  const of = (kind: string) => tokens.filter((token) => token.kind === kind).map(({ text }) => text);
  assert.deepEqual(of("keyword"), ["select", "from", "where", "and"]);
  assert.deepEqual(of("string"), ["'it''s'", "'open"]);
  assert.deepEqual(of("comment"), ["-- x", "/* y */"]);
  assert.deepEqual(of("number"), ["1.5"]);
});

test("times are said shortly", () => {
  const at = new Date("2026-11-21T12:00:00Z");
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);

  assert.deepEqual([2, 70, 7200, 200_000].map((seconds) => ago(at, later(seconds))), ["just now", "1 min ago", "2 h ago", "2 d ago"]);
  assert.equal(ago(later(3600), at), "in 1 h");
  assert.deepEqual([0.045, 3.25, 75, 7500].map(duration), ["45 ms", "3.3 s", "1 min 15 s", "2 h 5 min"]);
  assert.equal(parseTime("nonsense"), null);
});

test("counts are said shortly", () => {
  assert.equal(compact(336_776), "336.8K");
  assert.equal(counted(1, "row"), "1 row");
  assert.equal(counted(12_000, "row"), "12,000 rows");
});
