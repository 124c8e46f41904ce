import type { Viewport } from "@xyflow/react";
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";

import type { Selection } from "./lit.ts";
import type { Scene } from "./scene.ts";
import { useAnchor, useCamera } from "./useCamera.ts";

export interface Follow {
  /** Whether the graph has been fitted into the window once. */
  readonly fitted: boolean;
  readonly fit: () => void;
  /** Brings a table near enough to read. */
  readonly reveal: (table: number) => void;
  readonly middle: () => { readonly x: number; readonly y: number };
  /** Says that a table was clicked. */
  readonly onClick: (table: number) => void;
  /** Says that a card was opened or closed. */
  readonly onOpen: (table: number) => void;
  /** Says that somebody moved the graph. */
  readonly onMove: () => void;
}

/** Moves what is seen after what is selected. Who has not moved the graph sees all of it, beside the panel too. */
export function useFollow(scene: Scene, selection: Selection | null, fitKey: string, frame: RefObject<HTMLElement | null>): Follow {
  const camera = useCamera(scene, frame);
  const [fitted, setFitted] = useState(false);
  const clicked = useRef(false);
  const moved = useRef(false);
  const opened = useRef<number | null>(null);
  const left = useRef<{ readonly fitKey: string; readonly viewport: Viewport } | null>(null);
  const followed = useRef<string | null>(null);
  useAnchor(scene, opened.current ?? selection?.table ?? null);

  useEffect(() => {
    // React Flow begins anew when one comes back from another view; the graph is to be as it was left.
    if (left.current?.fitKey === fitKey) camera.restore(left.current.viewport);
    else {
      camera.fit("at once");
      setFitted(true);
      moved.current = false;
    }
    return () => {
      left.current = { fitKey, viewport: camera.viewport() };
    };
  }, [camera, fitKey]);

  const selectedId = selection === null ? null : (scene.index.tables[selection.table]?.id ?? null);
  useEffect(() => {
    const aim = JSON.stringify([selectedId, fitKey]);
    if (followed.current === aim) return;
    followed.current = aim;
    const byClick = clicked.current;
    clicked.current = false;
    if (!moved.current && (byClick || camera.isWholeReadable())) camera.fit("moving");
    else if (selection !== null) {
      moved.current = true;
      camera.reveal(selection.table, !byClick);
    }
  }, [camera, selectedId, fitKey]);

  return useMemo(() => {
    const onOpen = (table: number) => {
      opened.current = table;
      moved.current = true;
    };
    const onClick = (table: number) => {
      opened.current = table;
      clicked.current = true;
    };
    const onMove = () => {
      moved.current = true;
    };
    const fit = () => {
      moved.current = false;
      camera.fit("moving");
    };
    const reveal = (table: number) => camera.reveal(table, true);
    return { fitted, fit, reveal, middle: camera.middle, onClick, onOpen, onMove };
  }, [camera, fitted]);
}
