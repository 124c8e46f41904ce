import type { GraphTable } from "../data/graph.ts";
import { type Stage, stageOf } from "../data/stage.ts";
import { checkCounts } from "../data/status.ts";

export const FACETS = ["stage", "status", "checks", "group"] as const;

export type Facet = (typeof FACETS)[number];

/** Chosen values; none in a facet means all. A table must fit every facet that has some. */
export type Filters = Readonly<Record<Facet, ReadonlySet<string>>>;

export const NO_FILTERS: Filters = { stage: new Set(), status: new Set(), checks: new Set(), group: new Set() };

const VALUES: Record<Facet, (table: GraphTable) => readonly string[]> = {
  stage: (table) => [stageOf(table) satisfies Stage],
  status: (table) => [table.status],
  checks: checkValues,
  group: (table) => [table.group ?? ""],
};

export function isFiltered(filters: Filters): boolean {
  return FACETS.some((facet) => filters[facet].size > 0);
}

export function fits(table: GraphTable, filters: Filters): boolean {
  return FACETS.every((facet) => fitsFacet(table, filters, facet));
}

export type Counts = Readonly<Record<Facet, ReadonlyMap<string, number>>>;

/** Of each facet: value to how many tables have it, among those that fit the other facets. */
export function counts(tables: readonly GraphTable[], filters: Filters): Counts {
  const found = { stage: new Map(), status: new Map(), checks: new Map(), group: new Map() } satisfies Counts;
  for (const table of tables) {
    const misfits = FACETS.filter((facet) => !fitsFacet(table, filters, facet));
    for (const facet of FACETS) {
      const counted = misfits.every((misfit) => misfit === facet);
      for (const value of VALUES[facet](table)) {
        found[facet].set(value, (found[facet].get(value) ?? 0) + (counted ? 1 : 0));
      }
    }
  }
  return found;
}

export function toggled(filters: Filters, facet: Facet, value: string): Filters {
  const values = new Set(filters[facet]);
  if (!values.delete(value)) values.add(value);
  return { ...filters, [facet]: values };
}

function fitsFacet(table: GraphTable, filters: Filters, facet: Facet): boolean {
  const chosen = filters[facet];
  return chosen.size === 0 || VALUES[facet](table).some((value) => chosen.has(value));
}

function checkValues(table: GraphTable): string[] {
  const { failed, warned } = checkCounts(table);
  return [...(failed > 0 ? ["fail"] : []), ...(warned > 0 ? ["warn"] : [])];
}
