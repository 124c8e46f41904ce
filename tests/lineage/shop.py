"""A shop with a bit of everything: failures, retries, a lost run, one that runs, names full of markup."""

from __future__ import annotations

from phlo_hooks.datasets import ChildTable
from phlo_hooks.events import HookEvent
from tests.lineage.story import Story, columns, flow, table

ORDERS, ITEMS = table("shop.raw.orders"), table("shop.raw.orders__items")
CUSTOMERS = table("shop.raw.customers")
STAGED, REVENUE = table("shop.staging.stg_orders"), table("shop.marts.revenue")
ODD = table('shop.marts.<script>alert("x")</script> \'🦆\' & "quoted"')
CRM = table("crm.public.accounts", "postgres://crm:5432")
OUT = table("/exports", "file")
GOOD, FAILED, RETRIED, LOST, RUNNING, QUEUED = (f"{number:08d}-aaaa-4bbb-8ccc-dddddddddddd" for number in range(1, 7))


def shop_events() -> list[HookEvent]:
    """Return the events of six runs, in the order in which they happened."""
    runs = (good_run(), failed_run(), retried_run(), lost_run(), running_run(), queued_run())
    return [event for story in runs for event in story.events]


def good_run() -> Story:
    story = Story(run_id=GOOD, begin=0, tags={"team": "sales"}).start(queued=4).wait(1)
    story.step("load", "raw/orders", "raw/customers").wait(3)
    story.loaded(
        "raw/orders",
        ORDERS,
        rows=1000,
        columns=columns("id", "customer", "cents", "state"),
        child_tables=(ChildTable(dataset=ITEMS, columns=columns("_dlt_parent_id", "sku")),),
        group_name="raw",
    )
    story.loaded("raw/customers", CUSTOMERS, rows=40, columns=columns("id", "name"), sources=("https://api.shop.io/c",))
    story.done("load", "raw/orders", "raw/customers", seconds=3).wait(1)
    story.step("dbt", "staging/stg_orders", "marts/revenue").wait(4)
    _build(story)
    story.check("marts/revenue", "not_null_total").check("marts/revenue", "fresh", "warn", severity="WARN")
    story.done("dbt", "staging/stg_orders", "marts/revenue", seconds=5).wait(1)
    story.step("export", "published/files").wait(1)
    story.tell(
        "publish.end",
        asset_key="published/files",
        dataset=OUT,
        step_key="export",
        attempt=1,
        status="success",
        target_system="parquet",
        tables={"revenue.parquet": "shop.marts.revenue"},
        rows=12,
    )
    return story.done("export", "published/files", seconds=1).wait(1).end()


def _build(story: Story) -> None:
    own = "staging/stg_orders"
    story.built(
        own,
        STAGED,
        flow(ORDERS, STAGED, "id>order_id", "cents>amount:transformation", "state>*:filter", key="raw/orders", own=own),
        flow(ITEMS, STAGED, "sku>sku", "_dlt_parent_id>*:join", key="raw/orders", own=own),
        flow(CRM, STAGED, "account>account", own=own),
        columns=columns("order_id", "amount", "sku", "account"),
        sql="select id as order_id, cents / 100 as amount\nfrom raw.orders where state = 'paid'",
        rows=950,
    )
    own = "marts/revenue"
    story.built(
        own,
        REVENUE,
        flow(STAGED, REVENUE, "amount>total:aggregation", "sku>*:group_by", key="staging/stg_orders", own=own),
        flow(CUSTOMERS, REVENUE, "name>customer", "id>*:join", key="raw/customers", own=own),
        columns=columns("customer", "total"),
        sql="select name as customer, sum(amount) as total from staging.stg_orders group by sku",
        rows=12,
    )
    own = "marts/odd"
    story.built(own, ODD, flow(REVENUE, ODD, 'total><b onmouseover="x">', own=own), warning="cannot parse: <img src=x>")


def failed_run() -> Story:
    story = Story(run_id=FAILED, begin=100).start().wait(1)
    story.step("dbt", "staging/stg_orders", "marts/revenue").wait(2)
    story.built("staging/stg_orders", STAGED, status="success", rows=960)
    story.check("marts/revenue", "not_null_total", "fail", failed_rows=3, blocking=True)
    story.built("marts/revenue", REVENUE, status="failure", reason="node_failed", rows=None)
    story.done("dbt", seconds=3, status="failure", error="1 model failed:\n<b>total</b> is null").wait(1)
    skipped = {"step_key": "export", "attempt": 1, "status": "skipped", "reason": "upstream_failed", "culprit": "dbt"}
    story.tell("step.skip", **skipped, asset_keys=("published/files",))
    story.tell("asset.skipped", **skipped, asset_key="published/files", stage="publish", dataset=OUT)
    return story.end("failure", error="step dbt failed")


def retried_run() -> Story:
    story = Story(run_id=RETRIED, begin=200, job="hourly").start().wait(1)
    for attempt in (1, 2):
        story.step("load", "raw/orders", attempt=attempt).wait(2)
        story.done("load", "raw/orders", attempt=attempt, status="retry", error=f"timeout {attempt}").wait(1)
    story.step("load", "raw/orders", attempt=3).wait(2)
    story.loaded("raw/orders", ORDERS, rows=1100, attempt=3)
    return story.done("load", "raw/orders", attempt=3).wait(1).end()


def lost_run() -> Story:
    story = Story(run_id=LOST, begin=300, job="hourly").start().wait(1)
    story.step("customers", "raw/customers").wait(60)
    lost = {"step_key": "customers", "attempt": 1, "status": "lost"}
    story.tell("step.lost", **lost, asset_keys=("raw/customers",))
    story.loaded("raw/customers", CUSTOMERS, step="customers", status="lost", reason="step_lost", rows=0)
    return story.tell("run.lost", status="lost")


def running_run() -> Story:
    story = Story(run_id=RUNNING, begin=400).start(queued=30).wait(1)
    story.step("dbt", "staging/stg_orders")
    return story.tell("transform.start", asset_key="staging/stg_orders", dataset=STAGED, step_key="dbt", attempt=1)


def queued_run() -> Story:
    return Story(run_id=QUEUED, begin=440).tell("run.queued", status="queued")
