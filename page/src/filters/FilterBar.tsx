import { useMemo } from "react";

import { useGraph } from "../data/GraphContext.tsx";
import { STAGES } from "../data/stage.ts";
import { lookOf } from "../data/status.ts";
import { Icon, type IconName } from "../format/Icon.tsx";
import { whole } from "../format/number.ts";
import { counts, type Facet, type Filters, isFiltered, NO_FILTERS, toggled } from "./filters.ts";
import { GroupFilter } from "./GroupFilter.tsx";

interface Props {
  readonly filters: Filters;
  readonly setFilters: (filters: Filters) => void;
  /** How many tables are shown. */
  readonly shown: number;
}

/** Chips that are both the legend and the filter. */
export function FilterBar({ filters, setFilters, shown }: Props) {
  const { graph } = useGraph();
  const found = useMemo(() => counts(graph.tables, filters), [graph, filters]);
  const toggle = (facet: Facet, value: string) => setFilters(toggled(filters, facet, value));
  return (
    <div className="filters" role="toolbar" aria-label="Filters">
      <div className="chips" role="group" aria-label="Stage">
        {STAGES.filter((stage) => found.stage.has(stage)).map((stage) => (
          <Chip key={stage} icon={stage} tint={`stage-${stage}`} label={stage} count={found.stage.get(stage) ?? 0} pressed={filters.stage.has(stage)} onClick={() => toggle("stage", stage)} />
        ))}
      </div>
      <div className="chips" role="group" aria-label="Status of the last run">
        {[...found.status].sort(([a], [b]) => a.localeCompare(b)).map(([status, many]) => {
          const look = lookOf(status);
          return <Chip key={status} icon={look.icon} tint={`tone-${look.tone}`} label={look.label} count={many} pressed={filters.status.has(status)} onClick={() => toggle("status", status)} />;
        })}
      </div>
      {found.checks.size > 0 && (
        <div className="chips" role="group" aria-label="Checks">
          {[...found.checks].map(([outcome, many]) => {
            const look = lookOf(outcome);
            return <Chip key={outcome} icon={look.icon} tint={`tone-${look.tone}`} label={`checks ${look.label}`} count={many} pressed={filters.checks.has(outcome)} onClick={() => toggle("checks", outcome)} />;
          })}
        </div>
      )}
      <GroupFilter groups={found.group} chosen={filters.group} toggle={(group) => toggle("group", group)} />
      {isFiltered(filters) && (
        <button type="button" className="button filters-clear" onClick={() => setFilters(NO_FILTERS)}>
          <Icon name="close" />
          Clear
        </button>
      )}
      <p className="filters-shown" role="status">
        {shown === graph.tables.length ? "" : `${whole(shown)} of `}
        {whole(graph.tables.length)} {graph.tables.length === 1 ? "table" : "tables"}
      </p>
    </div>
  );
}

interface ChipProps {
  readonly icon: IconName;
  readonly tint: string;
  readonly label: string;
  readonly count: number;
  readonly pressed: boolean;
  readonly onClick: () => void;
}

function Chip({ icon, tint, label, count, pressed, onClick }: ChipProps) {
  return (
    <button type="button" className={`chip ${tint}`} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
      <span className="chip-label" dir="auto">{label}</span>
      <span className="chip-count">{whole(count)}</span>
    </button>
  );
}
