/** Where the lines of a time axis stand, in seconds: at most `most` of them, at round numbers. */
export function ticks(length: number, most: number): readonly number[] {
  const rough = length / Math.max(1, most);
  const step = STEPS.find((each) => each >= rough) ?? Math.ceil(rough / 86_400) * 86_400;
  const found: number[] = [];
  for (let index = 0; index * step <= length * 1.0001; index += 1) found.push(index * step);
  return found;
}

const STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800,
  21_600, 43_200, 86_400,
];

/** `0`, `250 ms`, `5 s`, `1:30`, `2:05:00`: short enough to stand above a line. */
export function tickLabel(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole < 3600 ? `${Number(parts[0])}:${parts[1]}` : `${Math.floor(whole / 3600)}:${parts.join(":")}`;
}

/** Where a moment stands on an axis, in percent. */
export function percent(seconds: number, length: number): number {
  return (Math.min(Math.max(seconds, 0), length) / length) * 100;
}
