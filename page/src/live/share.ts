/**
 * The same data as `after`, made of the parts of `before` that are equal to theirs.
 *
 * What has not changed keeps its identity, so that a refresh redraws only what it has changed. Members of a list are
 * matched by their `id`, or else by their place.
 */
export function shared<Data>(before: Data, after: Data): Data {
  if (Object.is(before, after)) return before;
  if (Array.isArray(before) && Array.isArray(after)) return sharedList(before, after) as Data;
  if (isRecord(before) && isRecord(after)) return sharedRecord(before, after) as Data;
  return after;
}

function sharedList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const known = new Map<string, unknown>();
  for (const member of before) if (isRecord(member) && typeof member["id"] === "string") known.set(member["id"], member);
  const parts = after.map((member, at) => {
    const id = isRecord(member) ? member["id"] : undefined;
    return shared(typeof id === "string" ? known.get(id) : before[at], member);
  });
  return parts.length === before.length && parts.every((part, at) => Object.is(part, before[at])) ? before : parts;
}

function sharedRecord(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(after);
  const parts = names.map((name) => [name, Object.hasOwn(before, name) ? shared(before[name], after[name]) : after[name]] as const);
  const same = names.length === Object.keys(before).length && parts.every(([name, part]) => Object.hasOwn(before, name) && Object.is(part, before[name]));
  return same ? before : Object.fromEntries(parts);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
