import type { GraphTable } from "./graph.ts";

export const STAGES = ["source", "ingestion", "transform", "quality", "publish", "table"] as const;

export type Stage = (typeof STAGES)[number];

/** What a table is coloured by: its stage, else what its role says. */
export function stageOf(table: GraphTable): Stage {
  const stage = STAGES.find((each) => each === table.stage);
  if (stage !== undefined) return stage;
  if (table.role === "source") return "source";
  return table.role === "published" ? "publish" : "table";
}
