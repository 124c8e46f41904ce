/** Shown in place of a name that is empty or only white space. */
const NAMELESS = "(no name)";

export interface SplitName {
  /** What stands before the last dot (for a path: before the last slash), such as the schema; may be empty. */
  readonly prefix: string;
  readonly base: string;
}

export function splitName(name: string): SplitName {
  const end = name.includes("/") ? name.lastIndexOf("/") : name.lastIndexOf(".");
  const [prefix, base] = end > 0 ? [name.slice(0, end), name.slice(end + 1)] : ["", name];
  return base.trim() === "" ? { prefix: "", base: shownName(name) } : { prefix, base };
}

export function shownName(name: string): string {
  return name.trim() === "" ? NAMELESS : name;
}
