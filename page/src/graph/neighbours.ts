import type { Card } from "./card.ts";
import { headMiddle } from "./card.ts";
import type { Scene } from "./scene.ts";

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

export function isDirection(key: string): key is Direction {
  return key === "ArrowLeft" || key === "ArrowRight" || key === "ArrowUp" || key === "ArrowDown";
}

/** The table to go to: along an edge to the left and right, within the column up and down; `null` at an end. */
export function neighbour(scene: Scene, table: number, direction: Direction): number | null {
  const from = scene.cards.get(table);
  if (from === undefined) return null;
  const candidates = cardsOf(scene, toTheSide(scene, table, direction) ?? inColumn(scene, from, direction));
  return nearest(candidates, from)?.table ?? null;
}

/** The table whose card is closest to a point. */
export function closest(scene: Scene, x: number, y: number): number | null {
  let best: Card | null = null;
  let shortest = Number.POSITIVE_INFINITY;
  for (const card of scene.cards.values()) {
    const distance = Math.hypot(card.x - x, headMiddle(card) - y);
    if (distance < shortest) [best, shortest] = [card, distance];
  }
  return best?.table ?? null;
}

function toTheSide({ shown }: Scene, table: number, direction: Direction): number[] | null {
  if (direction === "ArrowLeft") return shown.edges.filter((edge) => edge.target === table).map((edge) => edge.source);
  if (direction === "ArrowRight") return shown.edges.filter((edge) => edge.source === table).map((edge) => edge.target);
  return null;
}

function inColumn({ cards }: Scene, from: Card, direction: Direction): number[] {
  const sign = direction === "ArrowUp" ? -1 : 1;
  const beyond = [...cards.values()].filter((card) => card.x === from.x && (card.y - from.y) * sign > 0);
  return beyond.map((card) => card.table);
}

function cardsOf({ cards }: Scene, tables: readonly number[]): Card[] {
  return tables.map((table) => cards.get(table)).filter((card) => card !== undefined);
}

function nearest(cards: readonly Card[], from: Card): Card | null {
  const distance = (card: Card) => Math.abs(headMiddle(card) - headMiddle(from));
  return cards.reduce<Card | null>((best, card) => (best === null || distance(card) < distance(best) ? card : best), null);
}
