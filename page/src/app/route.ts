export const VIEWS = ["graph", "runs", "deliveries"] as const;

export type View = (typeof VIEWS)[number];

/** Where in the page one is; kept in the address after `#`, so that a link leads to the same place. */
export interface Route {
  readonly view: View;
  /** Id of the selected table. */
  readonly table: string | null;
  /** Name of the selected column. */
  readonly column: string | null;
  /** Id of the opened run. */
  readonly run: string | null;
}

export function parseRoute(hash: string): Route {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const view = VIEWS.find((each) => each === said.get("view")) ?? "graph";
  return { view, table: said.get("table"), column: said.get("column"), run: said.get("run") };
}

export function formatRoute(route: Route): string {
  const said = new URLSearchParams();
  if (route.view !== "graph") said.set("view", route.view);
  if (route.table !== null) said.set("table", route.table);
  if (route.table !== null && route.column !== null) said.set("column", route.column);
  if (route.run !== null) said.set("run", route.run);
  return `#${said}`;
}
