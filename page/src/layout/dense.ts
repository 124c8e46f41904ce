import type { Arc } from "./reduce.ts";

/** How many rows and columns of cards a rank takes is chosen so that the whole is about this much wider than high. */
const ASPECT = 1.7;
const SWEEPS = 12;

export interface DenseSizes {
  readonly width: number;
  readonly height: number;
  readonly gapY: number;
  /** Between cards of one rank, and between ranks. */
  readonly gapInside: number;
  readonly gapX: number;
}

/**
 * Places many cards at once, where a strip of one column for each rank would be too high to see: every rank becomes a
 * block of several columns. Gives x and y of each of `nodes`; the arcs are of these nodes and have no circle.
 */
export function dense(nodes: readonly number[], arcs: readonly Arc[], sizes: DenseSizes): Map<number, readonly [number, number]> {
  const ranks = ordered(ranked(nodes, arcs), arcs);
  const most = Math.max(...ranks.map((rank) => rank.length));
  let rows = most;
  while (rows > 1 && aspect(ranks, rows, sizes) < ASPECT) rows -= 1;
  const found = new Map<number, readonly [number, number]>();
  const down = sizes.height + sizes.gapY;
  let left = 0;
  for (const rank of ranks) {
    const across = Math.ceil(rank.length / rows);
    const top = ((rows - Math.ceil(rank.length / across)) * down) / 2;
    rank.forEach((node, at) => {
      const x = left + (at % across) * (sizes.width + sizes.gapInside);
      found.set(node, [x, Math.round(top + Math.floor(at / across) * down)]);
    });
    left += blockWidth(rank.length, rows, sizes) + sizes.gapX;
  }
  return found;
}

function aspect(ranks: readonly (readonly number[])[], rows: number, sizes: DenseSizes): number {
  const across = ranks.reduce((sum, rank) => sum + blockWidth(rank.length, rows, sizes) + sizes.gapX, -sizes.gapX);
  return across / (rows * (sizes.height + sizes.gapY));
}

function blockWidth(count: number, rows: number, { width, gapInside }: DenseSizes): number {
  return Math.ceil(count / rows) * (width + gapInside) - gapInside;
}

/** Each node one rank after the last of what it is made from; what is made from nothing, just before its first use. */
function ranked(nodes: readonly number[], arcs: readonly Arc[]): number[][] {
  const ins = neighbours(arcs, 1);
  const outs = neighbours(arcs, 0);
  const rank = new Map<number, number>();
  const left = new Map(nodes.map((node) => [node, ins.get(node)?.length ?? 0]));
  const ready = nodes.filter((node) => left.get(node) === 0);
  for (const node of ready) {
    rank.set(node, 1 + Math.max(-1, ...(ins.get(node) ?? []).map((from) => rank.get(from) ?? 0)));
    for (const to of outs.get(node) ?? []) {
      const waiting = (left.get(to) ?? 0) - 1;
      left.set(to, waiting);
      if (waiting === 0) ready.push(to);
    }
  }
  for (const node of nodes) {
    if (!ins.has(node)) rank.set(node, Math.min(...(outs.get(node) ?? []).map((to) => rank.get(to) ?? 0)) - 1);
  }
  const ranks: number[][] = [];
  for (const node of nodes) (ranks[rank.get(node) ?? 0] ??= []).push(node);
  return ranks.filter((rank) => rank !== undefined);
}

/** Sweeps to and fro; each time the nodes of a rank go where what they are connected with is on average. */
function ordered(ranks: number[][], arcs: readonly Arc[]): number[][] {
  const [ins, outs] = [neighbours(arcs, 1), neighbours(arcs, 0)];
  const height = new Map<number, number>();
  const note = (rank: readonly number[]) => rank.forEach((node, at) => height.set(node, (at + 0.5) / rank.length));
  ranks.forEach(note);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forward = sweep % 2 === 0;
    for (const rank of forward ? ranks : [...ranks].reverse()) {
      const wanted = new Map(rank.map((node) => [node, average((forward ? ins : outs).get(node), height) ?? height.get(node) ?? 0]));
      rank.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      note(rank);
    }
  }
  return ranks;
}

function average(nodes: readonly number[] | undefined, height: ReadonlyMap<number, number>): number | null {
  if (!nodes) return null;
  return nodes.reduce((sum, node) => sum + (height.get(node) ?? 0), 0) / nodes.length;
}

/** Node to the nodes at the other end of its arcs; `end` is the end of the arc that the node stands at. */
function neighbours(arcs: readonly Arc[], end: 0 | 1): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const arc of arcs) {
    const others = found.get(arc[end]) ?? [];
    found.set(arc[end], others);
    others.push(arc[1 - end] as number);
  }
  return found;
}
