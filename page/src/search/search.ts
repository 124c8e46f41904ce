import type { Graph } from "../data/graph.ts";

/** A table, or a column of it, that matches what was typed. */
export interface Hit {
  readonly table: number;
  /** `null` when the table itself matches. */
  readonly column: number | null;
}

/** Best first: equal, then beginning, then a word's beginning, then anywhere; tables come before columns. */
export function search(graph: Graph, typed: string, most: number): Hit[] {
  const words = fold(typed).split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const hits: (Hit & { readonly score: number; readonly length: number })[] = [];
  folded(graph).forEach(({ names, columns }, table) => {
    const name = names[0] ?? "";
    const score = Math.max(...names.map((text, at) => rank(text, words) * (at === 0 ? 1 : 0.6)));
    if (score > 0) hits.push({ table, column: null, score: score + 0.5, length: name.length });
    columns.forEach((column, at) => {
      const inColumn = rank(column, words) || rankTogether(name, column, words);
      if (inColumn > 0) hits.push({ table, column: at, score: inColumn, length: column.length });
    });
  });
  hits.sort((a, b) => b.score - a.score || a.length - b.length || a.table - b.table);
  return hits.slice(0, most).map(({ table, column }) => ({ table, column }));
}

interface Folded {
  /** The table's name, then its other names. */
  readonly names: readonly string[];
  readonly columns: readonly string[];
}

const known = new WeakMap<Graph["tables"], readonly Folded[]>();

/** Folding takes longer than searching: it is done once for a graph. */
function folded({ tables }: Graph): readonly Folded[] {
  let found = known.get(tables);
  if (found === undefined) {
    found = tables.map((table) => ({
      names: [table.name, table.id, ...table.asset_keys].map(fold),
      columns: table.columns.map((column) => fold(column.name)),
    }));
    known.set(tables, found);
  }
  return found;
}

/** Some words name the table and at least one the column. */
function rankTogether(table: string, column: string, words: readonly string[]): number {
  if (words.length === 1 && !words[0]?.includes(".")) return 0;
  return words.some((word) => column.includes(word.slice(word.lastIndexOf(".") + 1))) ? rank(`${table}.${column}`, words) * 0.5 : 0;
}

function rank(text: string, words: readonly string[]): number {
  let worst = 4;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    const score = text === word ? 4 : at === 0 ? 3 : isWordStart(text, at) ? 2 : 1;
    worst = Math.min(worst, score);
  }
  return worst;
}

function isWordStart(text: string, at: number): boolean {
  return /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "");
}

function fold(text: string): string {
  return text.toLowerCase().normalize("NFKC");
}
