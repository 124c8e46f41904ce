import { useCallback, useState } from "react";

import { useLive } from "../live/LiveContext.tsx";
import type { Choice, Outcome } from "../live/Letters.ts";

export interface Retrying {
  /** How the last wish went; `null` before the first. */
  readonly outcome: Outcome | null;
  readonly busy: boolean;
  readonly retry: (choice: Choice) => void;
  readonly drop: (choice: Choice) => void;
}

/** Retry and drop, one at a time; `null` in a page that was written to a file. */
export function useRetry(): Retrying | null {
  const live = useLive();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [busy, setBusy] = useState(false);
  const act = useCallback(async (doing: Promise<Outcome>) => {
    setBusy(true);
    setOutcome(await doing);
    setBusy(false);
  }, []);
  if (live === null) return null;
  return {
    outcome,
    busy,
    retry: (choice) => void act(live.letters.retry(choice)),
    drop: (choice) => void act(live.letters.drop(choice)),
  };
}
