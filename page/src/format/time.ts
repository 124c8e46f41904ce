const UNITS: readonly (readonly [number, string])[] = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [30.44, "d"],
  [12, "mo"],
  [Number.POSITIVE_INFINITY, "y"],
];

/** `3 h ago`, `in 2 min`, `just now`. */
export function ago(at: Date, now: Date): string {
  let amount = (now.getTime() - at.getTime()) / 1000;
  const future = amount < 0;
  amount = Math.abs(amount);
  if (amount < 5) return "just now";
  for (const [many, unit] of UNITS) {
    if (amount < many) return future ? `in ${Math.floor(amount)} ${unit}` : `${Math.floor(amount)} ${unit} ago`;
    amount /= many;
  }
  return "";
}

/** `45 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds < 9.995 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  return pair(Math.floor(whole / 3600), "h", Math.floor((whole % 3600) / 60), "min");
}

function pair(first: number, unit: string, second: number, smaller: string): string {
  return second === 0 ? `${first} ${unit}` : `${first} ${unit} ${second} ${smaller}`;
}

/** The moment in full, in the reader's own time zone, which it names. */
export function moment(at: Date): string {
  return at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

/** `null` for what is no time. */
export function parseTime(text: string | null): Date | null {
  if (text === null) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}
