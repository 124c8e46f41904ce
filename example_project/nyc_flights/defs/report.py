"""A page for people, written whenever the marts have been published."""

import dagster as dg
import duckdb

from nyc_flights.paths import MARTS, REPORT
from phlo_hooks_dagster import phlo_event_sensor


@dg.op
def write_report(context: dg.OpExecutionContext) -> None:
    """Write down who is late, from the published files alone."""
    late = duckdb.read_parquet(str(MARTS / "delay_by_carrier.parquet")).order("share_over_30_minutes desc")
    lines = [
        f"| {airline} | {flights:,} | {share:.1%} |"
        for airline, flights, share in late.select("airline", "flights", "share_over_30_minutes").fetchall()
    ]
    head = ["| airline | flights | over 30 minutes late |", "|---|--:|--:|"]
    REPORT.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    context.log.info("%s airlines in %s", len(lines), REPORT)


@dg.job(executor_def=dg.in_process_executor)
def report() -> None:
    """Write the report."""
    write_report()


report_when_published = phlo_event_sensor(
    name="report_when_published",
    events=["publish.end"],
    assets=["published/parquet"],
    statuses=["success"],
    job=report,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
