import { useSyncExternalStore } from "react";

const EVERY = 15_000;

let now = new Date();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for the whole page, so that ages on it agree. */
export function useNow(): Date {
  return useSyncExternalStore(watch, () => now);
}

function watch(changed: () => void): () => void {
  watchers.add(changed);
  timer ??= setInterval(tick, EVERY);
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = new Date();
  for (const changed of watchers) changed();
}
