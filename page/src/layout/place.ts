import { graphlib, layout } from "@dagrejs/dagre";

import { dense } from "./dense.ts";
import { type Arc, withoutCircles, withoutShortcuts } from "./reduce.ts";

export interface Order {
  readonly count: number;
  readonly arcs: readonly Arc[];
  /** Of every card while it is closed. */
  readonly width: number;
  readonly height: number;
}

/** The top left corner of each card, in the order of the nodes. */
export interface Placed {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

type Places = ReadonlyMap<number, readonly [number, number]>;

const GAP_X = 88;
const GAP_INSIDE = 32;
const GAP_Y = 18;
/** Beyond this many, ranks are blocks; before, they are columns with lines that cross as little as can be. */
const MANY = 160;

/** Places cards from left to right; what is connected with nothing stands in rows below. */
export function place(order: Order): Placed {
  const { count } = order;
  const arcs = withoutShortcuts(count, withoutCircles(count, order.arcs));
  const connected = [...new Set(arcs.flat())].sort((a, b) => a - b);
  const places = connected.length > MANY ? blocks(order, connected, arcs) : columns(order, connected, arcs);
  const inArcs = new Set(connected);
  const alone = [...Array(count).keys()].filter((node) => !inArcs.has(node));

  const placed = { x: new Float64Array(count), y: new Float64Array(count) };
  for (const [node, [x, y]] of [...places, ...rows(order, alone, places)]) {
    placed.x[node] = x;
    placed.y[node] = y;
  }
  return placed;
}

function columns({ width, height }: Order, nodes: readonly number[], arcs: readonly Arc[]): Places {
  if (nodes.length === 0) return new Map();
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: GAP_Y, edgesep: 8, ranksep: GAP_X, ranker: "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(String(node), { width, height });
  for (const [from, to] of arcs) graph.setEdge(String(from), String(to));
  layout(graph);
  return new Map(
    nodes.map((node) => {
      const { x, y } = graph.node(String(node)) as { x: number; y: number };
      return [node, [Math.round(x - width / 2), Math.round(y - height / 2)]];
    }),
  );
}

function blocks({ width, height }: Order, nodes: readonly number[], arcs: readonly Arc[]): Places {
  return dense(nodes, arcs, { width, height, gapY: GAP_Y, gapInside: GAP_INSIDE, gapX: 2 * GAP_X });
}

function* rows({ width, height }: Order, alone: readonly number[], above: Places): Generator<[number, [number, number]]> {
  let [right, bottom] = [0, -3 * GAP_Y];
  for (const [x, y] of above.values()) {
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
  }
  const perRow = Math.max(4, Math.floor((right + GAP_X) / (width + GAP_X)), Math.ceil(Math.sqrt(alone.length / 2)));
  for (const [at, node] of alone.entries()) {
    yield [node, [(at % perRow) * (width + GAP_X), bottom + 3 * GAP_Y + Math.floor(at / perRow) * (height + GAP_Y)]];
  }
}
