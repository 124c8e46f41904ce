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
  graph.tables.forEach((table, at) => {
    const score = best([table.name, table.id, ...table.asset_keys], words);
    if (score > 0) hits.push({ table: at, column: null, score: score + 0.5, length: table.name.length });
    table.columns.forEach((column, columnAt) => {
      const inColumn = rank(fold(column.name), words) || rank(fold(`${table.name}.${column.name}`), words) * 0.5;
      if (inColumn > 0) hits.push({ table: at, column: columnAt, score: inColumn, length: column.name.length });
    });
  });
  hits.sort((a, b) => b.score - a.score || a.length - b.length || a.table - b.table);
  return hits.slice(0, most).map(({ table, column }) => ({ table, column }));
}

function best(texts: readonly string[], words: readonly string[]): number {
  return Math.max(...texts.map((text, at) => rank(fold(text), words) * (at === 0 ? 1 : 0.6)));
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
