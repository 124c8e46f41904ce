/** From, to: positions in a list of nodes. */
export type Arc = readonly [number, number];

/** The arcs without those that close a circle. */
export function withoutCircles(count: number, arcs: readonly Arc[]): Arc[] {
  const outs = outgoing(count, arcs);
  const state = new Uint8Array(count);
  const kept: Arc[] = [];
  for (let root = 0; root < count; root += 1) {
    if (state[root] !== 0) continue;
    state[root] = 1;
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const to = outs[top.node]?.[top.next];
      if (to === undefined) {
        state[top.node] = 2;
        stack.pop();
        continue;
      }
      top.next += 1;
      if (state[to] === 1) continue;
      kept.push([top.node, to]);
      if (state[to] !== 0) continue;
      state[to] = 1;
      stack.push({ node: to, next: 0 });
    }
  }
  return kept;
}

/**
 * The arcs that no longer way implies: what a layout needs to know. There must be no circle in them.
 *
 * Far fewer long arcs are left, and these are what makes a layout slow and wide.
 */
export function withoutShortcuts(count: number, arcs: readonly Arc[]): Arc[] {
  const outs = outgoing(count, arcs);
  const depth = depths(count, outs);
  const words = Math.ceil(count / 32);
  const reach = Array.from({ length: count }, () => new Uint32Array(words));
  const nodes = [...depth.keys()].sort((a, b) => (depth[a] ?? 0) - (depth[b] ?? 0));
  const kept: Arc[] = [];
  for (const node of nodes) {
    const mine = reach[node] as Uint32Array;
    const deepestFirst = [...(outs[node] ?? [])].sort((a, b) => (depth[b] ?? 0) - (depth[a] ?? 0));
    for (const to of deepestFirst) {
      const bit = 1 << (to & 31);
      if (((mine[to >> 5] ?? 0) & bit) !== 0) continue;
      kept.push([node, to]);
      mine[to >> 5] = (mine[to >> 5] ?? 0) | bit;
      (reach[to] as Uint32Array).forEach((word, at) => {
        mine[at] = (mine[at] ?? 0) | word;
      });
    }
  }
  return kept;
}

/** Length of the longest way out of each node. */
function depths(count: number, outs: readonly (readonly number[])[]): number[] {
  const found = new Array<number>(count).fill(-1);
  for (let root = 0; root < count; root += 1) {
    const stack = [root];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const waiting = (outs[node] ?? []).filter((to) => found[to] === -1);
      if (found[node] !== -1) stack.pop();
      else if (waiting.length > 0) stack.push(...waiting);
      else {
        found[node] = 1 + Math.max(-1, ...(outs[node] ?? []).map((to) => found[to] ?? 0));
        stack.pop();
      }
    }
  }
  return found;
}

function outgoing(count: number, arcs: readonly Arc[]): number[][] {
  const outs = Array.from({ length: count }, () => new Set<number>());
  for (const [from, to] of arcs) {
    if (from !== to) outs[from]?.add(to);
  }
  return outs.map((each) => [...each]);
}
