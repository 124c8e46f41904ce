import type { NodeProps } from "@xyflow/react";
import { memo } from "react";

import type { GraphColumn, GraphTable } from "../data/graph.ts";
import { shownName, splitName } from "../data/names.ts";
import type { Side } from "../data/paths.ts";
import { stageOf } from "../data/stage.ts";
import { checkCounts, hasFailed, lookOf } from "../data/status.ts";
import { Ago } from "../format/Ago.tsx";
import { Icon } from "../format/Icon.tsx";
import { compact, counted, whole } from "../format/number.ts";
import { StatusMark } from "../format/StatusMark.tsx";
import type { Rows } from "./card.ts";
import { type Detail, useScene } from "./SceneContext.ts";

/** A table as React Flow draws it: reads the scene and hands a card only what it needs. */
export function TableNode({ id }: NodeProps) {
  const { scene, lit, selection, cursor, detail, select, toggleOpen, showWhole } = useScene();
  const at = Number(id);
  const table = scene.index.tables[at];
  const card = scene.cards.get(at);
  if (table === undefined || card === undefined) return null;
  const selected = selection?.table === at;
  return (
    <TableCard
      at={at}
      table={table}
      rows={card.rows}
      height={card.height}
      open={card.open}
      side={lit === null ? null : (lit.tables.get(at) ?? "off")}
      litColumns={lit?.columns?.get(at) ?? null}
      selected={selected}
      selectedColumn={selected ? (selection?.column ?? null) : null}
      cursor={cursor === at}
      detail={detail}
      select={select}
      toggleOpen={toggleOpen}
      showWhole={showWhole}
    />
  );
}

interface Props {
  readonly at: number;
  readonly table: GraphTable;
  readonly rows: Rows;
  readonly height: number;
  readonly open: boolean;
  /** `off` for what steps back, `null` when nothing is lit. */
  readonly side: Side | "off" | null;
  readonly litColumns: ReadonlyMap<number, Side> | null;
  readonly selected: boolean;
  readonly selectedColumn: number | null;
  readonly cursor: boolean;
  readonly detail: Detail;
  readonly select: (table: number, column: number | null) => void;
  readonly toggleOpen: (table: number) => void;
  readonly showWhole: (table: number) => void;
}

const TableCard = memo(function TableCard(props: Props) {
  const { at, table, rows, height, side, selected, cursor, detail } = props;
  const state = [side === null ? "" : `is-${side}`, selected ? "is-selected" : "", cursor ? "is-cursor" : ""];
  const look = lookOf(table.status);
  return (
    <article
      id={`table-${at}`}
      className={`card stage-${stageOf(table)} tone-${look.tone} ${state.join(" ")}`}
      data-table={table.id}
      style={{ height }}
      aria-label={spoken(table)}
      aria-current={selected || undefined}
      title={detail === "near" ? undefined : table.name}
    >
      {detail === "far" ? (
        <span className={`card-mark tone-${look.tone} ${checkCounts(table).failed > 0 ? "has-failed-check" : ""}`} />
      ) : (
        <>
          <CardHead {...props} />
          {rows.columns.length > 0 && <CardRows {...props} />}
          {rows.more > 0 && <MoreRows {...props} />}
        </>
      )}
    </article>
  );
});

function CardHead({ at, table, open, detail, toggleOpen }: Props) {
  const { prefix, base } = splitName(table.name);
  const look = lookOf(table.status);
  const { failed, warned } = checkCounts(table);
  if (detail === "middle") {
    return (
      <div className="card-head is-middle">
        <span className="card-name" dir="auto">{base}</span>
        {failed > 0 ? <Badge tone="failure" icon="cross" count={failed} /> : null}
        <span className={`status tone-${look.tone}`}>
          <Icon name={look.icon} />
        </span>
      </div>
    );
  }
  return (
    <div className="card-head">
      <div className="card-line card-about">
        <Icon name={stageOf(table)} />
        <span className="card-prefix" dir="auto" title={table.full_name}>{prefix || table.kinds[0] || stageOf(table)}</span>
        {failed > 0 && <Badge tone="failure" icon="cross" count={failed} title={`${counted(failed, "check")} failed`} />}
        {warned > 0 && <Badge tone="warning" icon="warn" count={warned} title={`${counted(warned, "check")} warned`} />}
        <StatusMark look={look} />
      </div>
      <div className="card-name" dir="auto" title={table.name}>{base}</div>
      <div className="card-line card-facts">
        {table.rows !== null && <span title={`${whole(table.rows)} rows`}>{compact(table.rows)} rows</span>}
        <Ago at={table.at} />
        {table.columns.length > 0 && (
          <button
            type="button"
            className="card-open"
            tabIndex={-1}
            aria-expanded={open}
            aria-label={`Columns of ${shownName(table.name)}`}
            title={`${counted(table.columns.length, "column")} (e)`}
            onClick={(event) => {
              event.stopPropagation();
              toggleOpen(at);
            }}
          >
            <Icon name="columns" />
            <span className="card-count" data-count={table.columns.length} />
            <Icon name="chevron" />
          </button>
        )}
      </div>
    </div>
  );
}

interface BadgeProps {
  readonly tone: "failure" | "warning";
  readonly icon: "cross" | "warn";
  readonly count: number;
  readonly title?: string;
}

function Badge({ tone, icon, count, title }: BadgeProps) {
  return (
    <span className={`badge tone-${tone}`} title={title}>
      <Icon name={icon} />
      {count}
    </span>
  );
}

function CardRows({ at, table, rows, litColumns, selectedColumn, select }: Props) {
  const failing = new Set(table.checks.filter(hasFailed).map((check) => check.column));
  return (
    <ul className="card-rows">
      {rows.columns.map((column) => {
        const about = table.columns[column];
        if (about === undefined) return null;
        const side = column === selectedColumn ? "self" : litColumns?.get(column);
        return (
          <li key={column} data-column={about.name} className={`card-row ${side ? `is-${side}` : ""} ${litColumns && !side ? "is-off" : ""}`}>
            <button
              type="button"
              tabIndex={-1}
              onClick={(event) => {
                event.stopPropagation();
                select(at, column === selectedColumn ? null : column);
              }}
            >
              <span className="card-column" dir="auto" title={columnTitle(about)}>{shownName(about.name)}</span>
              {failing.has(about.name) && <Icon name="cross" label="a check of this column failed" />}
              <span className="card-type">{about.type}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function MoreRows({ at, rows, showWhole }: Props) {
  return (
    <button
      type="button"
      className="card-more"
      tabIndex={-1}
      onClick={(event) => {
        event.stopPropagation();
        showWhole(at);
      }}
    >
      {counted(rows.more, "more column")}
    </button>
  );
}

function columnTitle({ name, type, description }: GraphColumn): string {
  return [type === null ? name : `${name}: ${type}`, description].filter(Boolean).join("\n");
}

function spoken(table: GraphTable): string {
  const { failed, warned } = checkCounts(table);
  const parts = [shownName(table.name), stageOf(table), lookOf(table.status).label];
  if (table.rows !== null) parts.push(counted(table.rows, "row"));
  if (failed > 0) parts.push(`${counted(failed, "check")} failed`);
  if (warned > 0) parts.push(`${counted(warned, "check")} warned`);
  return parts.join(", ");
}
