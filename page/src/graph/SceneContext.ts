import { createContext, useContext } from "react";

import type { Lit, Selection } from "./lit.ts";
import type { Scene } from "./scene.ts";

/** Far: blocks of colour. Middle: names. Near: all of a card. */
export type Detail = "far" | "middle" | "near";

/** What the cards and lines of the graph are drawn from. */
export interface SceneState {
  readonly scene: Scene;
  readonly lit: Lit | null;
  readonly selection: Selection | null;
  /** The table that the keyboard stands on. */
  readonly cursor: number | null;
  readonly detail: Detail;
  readonly indirect: boolean;
  readonly select: (table: number, column: number | null) => void;
  readonly toggleOpen: (table: number) => void;
  readonly showWhole: (table: number) => void;
}

export const SceneContext = createContext<SceneState | null>(null);

export function useScene(): SceneState {
  const state = useContext(SceneContext);
  if (state === null) throw new Error("useScene stands outside of a graph");
  return state;
}
