import { useStore, ViewportPortal } from "@xyflow/react";
import { memo, useMemo } from "react";

import type { Side } from "../data/paths.ts";
import { columnLine, tableLine } from "./lines.ts";
import type { Lit } from "./lit.ts";
import { useScene } from "./SceneContext.ts";
import { inRegion, regionOf } from "./region.ts";
import type { Scene } from "./scene.ts";
import type { ShownEdge } from "./shown.ts";

/** Lines in one path element: few elements, and none so long that every tile of the screen has to draw all of it. */
const PER_PATH = 60;

/** The lines that can be seen, below the cards. */
export function LineLayer({ hovered }: { readonly hovered: ShownEdge | null }) {
  const { scene, lit, indirect, detail } = useScene();
  const region = useStore(regionOf);
  const seen = useMemo(() => inRegion(scene, region), [scene, region]);
  return (
    <ViewportPortal>
      <svg className={`lines is-${detail} ${lit ? "is-lit" : ""}`} aria-hidden="true">
        <TableLines scene={scene} edges={seen} />
        <OpenLinks scene={scene} edges={seen} indirect={indirect} />
        {lit && <LitLines scene={scene} lit={lit} />}
        {hovered && <Hovered scene={scene} edge={hovered} />}
      </svg>
    </ViewportPortal>
  );
}

interface Props {
  readonly scene: Scene;
  readonly edges: readonly ShownEdge[];
}

const TableLines = memo(function TableLines({ scene, edges }: Props) {
  const { known, through } = useMemo(() => {
    const known: string[] = [];
    const through: string[] = [];
    for (const { source, target, edge } of edges) {
      const [from, to] = [scene.cards.get(source), scene.cards.get(target)];
      if (from && to) (edge === null ? through : known).push(tableLine(from, to));
    }
    return { known: chunks(known), through: chunks(through) };
  }, [scene, edges]);
  return (
    <g className="lines-table">
      {known.map((d, at) => <path key={at} d={d} />)}
      {through.map((d, at) => <path key={at} d={d} className="is-through" />)}
    </g>
  );
});

/** The column edges of cards that are open. */
const OpenLinks = memo(function OpenLinks({ scene, edges, indirect }: Props & { readonly indirect: boolean }) {
  const { direct, dashed } = useMemo(() => openLinks(scene, edges, indirect), [scene, edges, indirect]);
  return (
    <g className="lines-open">
      {direct.map((d, at) => <path key={at} d={d} />)}
      {dashed.map((d, at) => <path key={at} d={d} className="is-indirect" />)}
    </g>
  );
});

function openLinks(scene: Scene, edges: readonly ShownEdge[], indirect: boolean): { direct: string[]; dashed: string[] } {
  const direct = new Set<string>();
  const dashed = new Set<string>();
  for (const { edge } of edges) {
    if (edge === null) continue;
    const [from, to] = [scene.cards.get(edge.source), scene.cards.get(edge.target)];
    if (!from || !to || (from.rows.columns.length === 0 && to.rows.columns.length === 0)) continue;
    for (const [up, down] of edge.direct) direct.add(columnLine(from, up, to, down));
    if (!indirect) continue;
    for (const [up, down] of edge.indirect) dashed.add(columnLine(from, up, to, down));
  }
  return { direct: chunks([...direct]), dashed: chunks([...dashed]) };
}

function Hovered({ scene, edge: { source, target } }: { readonly scene: Scene; readonly edge: ShownEdge }) {
  const [from, to] = [scene.cards.get(source), scene.cards.get(target)];
  return from && to ? <path className="is-hovered" d={tableLine(from, to)} /> : null;
}

function LitLines({ scene, lit }: { readonly scene: Scene; readonly lit: Lit }) {
  const lines = useMemo(() => {
    const found: { d: string; side: Side; indirect: boolean }[] = [];
    for (const { source, target, edge } of scene.shown.edges) {
      const side = edge === null ? throughSide(lit, source, target) : lit.edges.get(edge);
      const [from, to] = [scene.cards.get(source), scene.cards.get(target)];
      if (side && from && to) found.push({ d: tableLine(from, to), side, indirect: false });
    }
    for (const { edge, up, down, direct, side } of lit.links) {
      const [from, to] = [scene.cards.get(edge.source), scene.cards.get(edge.target)];
      if (from && to) found.push({ d: columnLine(from, up, to, down), side, indirect: !direct });
    }
    return found;
  }, [scene, lit]);
  return (
    <g className="lines-lit">
      {(["up", "down"] as const).map((side) =>
        [true, false].map((indirect) => {
          const mine = lines.filter((line) => line.side === side && line.indirect === indirect).map((line) => line.d);
          return chunks(mine).map((d, at) => (
            <path key={`${indirect} ${at}`} d={d} className={`is-${side} ${indirect ? "is-indirect" : ""}`} />
          ));
        }),
      )}
    </g>
  );
}

function throughSide(lit: Lit, source: number, target: number): Side | undefined {
  const [from, to] = [lit.tables.get(source), lit.tables.get(target)];
  if (lit.columns !== null || from === undefined || to === undefined) return undefined;
  return to === "up" || to === "self" ? (from === "up" ? "up" : undefined) : from === "up" ? undefined : "down";
}

function chunks(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < lines.length; at += PER_PATH) found.push(lines.slice(at, at + PER_PATH).join(""));
  return found;
}
