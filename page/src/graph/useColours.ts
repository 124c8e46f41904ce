import { useCallback, useState } from "react";

import type { GraphIndex } from "../data/GraphIndex.ts";

/** What the colour of a card says. */
export type Colours = "status" | "stage";

export interface ColoursState {
  readonly colours: Colours;
  /** Whether any table has a status: without one there is nothing to choose. */
  readonly hasStatus: boolean;
  readonly toggleColours: () => void;
}

/** Cards are coloured by how their last run ended, until somebody wants their stage; by stage when nothing ran yet. */
export function useColours(index: GraphIndex): ColoursState {
  const [wanted, setWanted] = useState<Colours>("status");
  const hasStatus = index.tables.some((table) => table.status !== "");
  const toggleColours = useCallback(() => setWanted((old) => (old === "status" ? "stage" : "status")), []);
  return { colours: hasStatus ? wanted : "stage", hasStatus, toggleColours };
}
