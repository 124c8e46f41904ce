// Written by scripts/page_types.py from phlo_hooks/lineage/graph.py; do not edit.

export const FORMAT = 1;

export interface GraphColumn {
  readonly name: string;
  readonly type: string | null;
  readonly nullable: boolean | null;
  readonly description: string | null;
}

export interface GraphCheck {
  readonly name: string;
  readonly column: string | null;
  readonly outcome: string;
  readonly severity: string | null;
  readonly blocking: boolean;
  readonly at: string | null;
  readonly run_id: string | null;
  readonly failed_rows: number | null;
  readonly message: string | null;
  readonly url: string | null;
}

export interface TableRun {
  readonly run_id: string;
  readonly status: string;
  readonly at: string;
  readonly seconds: number | null;
  readonly rows: number | null;
  readonly partition: string | null;
  readonly error: string | null;
}

export interface GraphTable {
  readonly id: string;
  readonly namespace: string;
  readonly full_name: string;
  readonly name: string;
  readonly resolved: boolean;
  readonly role: string;
  readonly asset_keys: readonly string[];
  readonly code_location: string | null;
  readonly stage: string;
  readonly group: string | null;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly columns: readonly GraphColumn[];
  readonly checks: readonly GraphCheck[];
  readonly status: string;
  readonly rows: number | null;
  readonly at: string | null;
  readonly run_id: string | null;
  readonly runs: readonly TableRun[];
  readonly sql: string | null;
  readonly dialect: string | null;
  readonly columns_from: string;
  readonly warning: string | null;
  readonly url: string | null;
}

export interface GraphEdge {
  readonly source: number;
  readonly target: number;
  readonly origin: string;
  readonly direct: readonly (readonly [number, number, number])[];
  readonly indirect: readonly (readonly [number, number, number])[];
}

export interface GraphModel {
  readonly name: string;
  readonly status: string;
  readonly table: number | null;
  readonly start: number | null;
  readonly seconds: number | null;
  readonly rows: number | null;
  readonly message: string | null;
}

export interface GraphStep {
  readonly key: string;
  readonly attempt: number;
  readonly status: string;
  readonly start: number;
  readonly seconds: number | null;
  readonly tables: readonly number[];
  readonly models: readonly GraphModel[];
  readonly error: string | null;
  readonly url: string | null;
}

export interface RunCheck {
  readonly name: string;
  readonly outcome: string;
  readonly at: number;
  readonly table: number | null;
  readonly step: string | null;
  readonly severity: string | null;
  readonly message: string | null;
}

export interface GraphRun {
  readonly id: string;
  readonly job: string | null;
  readonly status: string;
  readonly started_at: string;
  readonly seconds: number | null;
  readonly queued_seconds: number | null;
  readonly launcher: string | null;
  readonly partition: string | null;
  readonly code_location: string | null;
  readonly error: string | null;
  readonly url: string | null;
  readonly events: number;
  readonly steps: readonly GraphStep[];
  readonly checks: readonly RunCheck[];
}

export interface GraphConsumer {
  readonly name: string;
  readonly delivered: number;
  readonly pending: number;
  readonly dead: number;
  readonly failed: number;
  readonly breaker: string;
  readonly position: number;
  readonly last_error: string | null;
  readonly last_delivered_at: string | null;
  readonly oldest_pending_at: string | null;
}

export interface GraphDeadLetter {
  readonly consumer: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly run_id: string;
  readonly attempts: number;
  readonly asset_key: string | null;
  readonly error: string | null;
  readonly error_kind: string | null;
  readonly at: string | null;
}

export interface Graph {
  readonly title: string;
  readonly made_at: string;
  readonly format: number;
  readonly head: number;
  readonly dagster_url: string | null;
  readonly transformations: readonly string[];
  readonly tables: readonly GraphTable[];
  readonly edges: readonly GraphEdge[];
  readonly runs: readonly GraphRun[];
  readonly consumers: readonly GraphConsumer[];
  readonly dead: readonly GraphDeadLetter[];
  readonly notes: readonly string[];
}
