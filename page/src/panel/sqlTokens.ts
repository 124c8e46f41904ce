/** A piece of SQL, and what it is. */
export interface Token {
  readonly text: string;
  readonly kind: "keyword" | "string" | "comment" | "number" | "other";
}

const KEYWORDS = new Set(
  (
    "all and any array as asc between both by case cast create cross current date delete desc distinct else end except exists " +
    "extract false fetch filter first following for from full group grouping having if ilike in inner insert intersect interval " +
    "into is join last lateral left like limit materialized natural not null nulls offset on or order outer over partition pivot " +
    "preceding qualify range recursive replace right row rows select semi set sets some table temporary then true unbounded " +
    "union unnest unpivot update using values view when where window with within"
  ).split(" "),
);

const PATTERN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$))|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z0-9_$]*)|([\s\S])/gu;

/** Splits SQL for colouring; put together, the pieces are the text again. */
export function sqlTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [text, comment, string, , number, word] of sql.matchAll(PATTERN)) {
    const kind = kindOf({ comment, string, number, word });
    const last = tokens.at(-1);
    if (kind === "other" && last?.kind === "other") tokens[tokens.length - 1] = { text: last.text + text, kind };
    else tokens.push({ text, kind });
  }
  return tokens;
}

interface Matched {
  readonly comment: string | undefined;
  readonly string: string | undefined;
  readonly number: string | undefined;
  readonly word: string | undefined;
}

function kindOf({ comment, string, number, word }: Matched): Token["kind"] {
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  return word !== undefined && KEYWORDS.has(word.toLowerCase()) ? "keyword" : "other";
}
