import { Icon } from "../format/Icon.tsx";
import { counted, whole } from "../format/number.ts";
import type { Order } from "./rows.ts";
import type { Step } from "./steps.ts";

interface Props {
  readonly steps: readonly Step[];
  /** How many steps the choice leaves. */
  readonly shown: number;
  readonly order: Order;
  readonly troubled: boolean;
  readonly search: string;
  readonly expanded: ReadonlySet<string>;
  readonly onOrder: (order: Order) => void;
  readonly onTroubled: (troubled: boolean) => void;
  readonly onSearch: (search: string) => void;
  readonly onExpandAll: (all: boolean) => void;
}

/** How the timeline is shown: in which order, and what of it. */
export function TimelineTools(props: Props) {
  const { steps, shown, order, troubled, search, expanded } = props;
  const withModels = steps.filter((step) => step.models.length > 0);
  const all = withModels.every((step) => expanded.has(step.key));
  return (
    <div className="timeline-tools" role="toolbar" aria-label="Timeline">
      <label className="timeline-search">
        <Icon name="search" />
        <input
          type="search"
          placeholder="Step or model"
          aria-label="Search steps and models"
          value={search}
          onChange={(event) => props.onSearch(event.target.value)}
        />
      </label>
      <button type="button" className="button" aria-pressed={order === "longest"} onClick={() => props.onOrder(order === "longest" ? "start" : "longest")}>
        <Icon name="clock" />
        Longest first
      </button>
      <button type="button" className="button" aria-pressed={troubled} onClick={() => props.onTroubled(!troubled)}>
        <Icon name="filter" />
        Only with trouble
      </button>
      {withModels.length > 0 && (
        <button type="button" className="button" aria-pressed={all} onClick={() => props.onExpandAll(!all)}>
          <Icon name="transform" />
          Models
        </button>
      )}
      <p className="timeline-shown" role="status">
        {shown === steps.length ? counted(steps.length, "step") : `${whole(shown)} of ${counted(steps.length, "step")}`}
      </p>
    </div>
  );
}
