import { useCallback, useMemo, useState } from "react";

import type { Opened } from "./scene.ts";

export interface OpenedState {
  readonly opened: Opened;
  readonly toggle: (id: string) => void;
  readonly open: (ids: Iterable<string>) => void;
  readonly closeAll: () => void;
  readonly showWhole: (id: string) => void;
  readonly setLinkedOnly: (only: boolean) => void;
}

const NONE: Opened = { open: new Set(), whole: new Set(), linkedOnly: false };

/** Which cards show their columns. */
export function useOpened(): OpenedState {
  const [opened, set] = useState(NONE);
  const toggle = useCallback((id: string) => set((old) => toggled(old, id)), []);
  const open = useCallback((ids: Iterable<string>) => set((old) => ({ ...old, open: new Set([...old.open, ...ids]) })), []);
  const closeAll = useCallback(() => set((old) => ({ ...NONE, linkedOnly: old.linkedOnly })), []);
  const showWhole = useCallback((id: string) => set((old) => ({ ...old, open: added(old.open, id), whole: added(old.whole, id) })), []);
  const setLinkedOnly = useCallback((linkedOnly: boolean) => set((old) => ({ ...old, linkedOnly })), []);
  return useMemo(
    () => ({ opened, toggle, open, closeAll, showWhole, setLinkedOnly }),
    [opened, toggle, open, closeAll, showWhole, setLinkedOnly],
  );
}

function toggled(old: Opened, id: string): Opened {
  if (!old.open.has(id)) return { ...old, open: added(old.open, id) };
  return { ...old, open: without(old.open, id), whole: without(old.whole, id) };
}

function added(ids: ReadonlySet<string>, id: string): Set<string> {
  return new Set([...ids, id]);
}

function without(ids: ReadonlySet<string>, id: string): Set<string> {
  return new Set([...ids].filter((each) => each !== id));
}
