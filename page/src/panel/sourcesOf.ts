import type { ColumnLink } from "../data/paths.ts";

/** One upstream column, and all ways in which it has a part. */
export interface Source {
  readonly table: number;
  readonly column: number;
  readonly direct: boolean;
  readonly how: readonly string[];
}

/** Puts the links of one upstream column together; those whose values flow come first. */
export function sourcesOf(links: readonly ColumnLink[], transformations: readonly string[]): Source[] {
  const found = new Map<string, { table: number; column: number; direct: boolean; how: Set<string> }>();
  for (const { edge, up, direct, transformation } of links) {
    const key = `${edge.source} ${up} ${direct}`;
    const source = found.get(key) ?? { table: edge.source, column: up, direct, how: new Set<string>() };
    found.set(key, source);
    const how = readable(transformations[transformation] ?? "");
    if (how !== "") source.how.add(how);
  }
  const sources = [...found.values()].map((source) => ({ ...source, how: [...source.how] }));
  return [...sources.filter(({ direct }) => direct), ...sources.filter(({ direct }) => !direct)];
}

/** `group by` for `group_by`. */
export function readable(transformation: string): string {
  return transformation.replaceAll("_", " ");
}
