--: table ledger.journal_lines(line_id int, entry_id int, account_id int, debit decimal(14,2), credit decimal(14,2), memo text, cost_center text)
--: table ledger.entries(entry_id int, posted_on date, period text, company_id int, reversed_by int, source text)
--: table ledger.accounts(account_id int, code text, name text, kind text, parent_id int)
--: table ledger.companies(company_id int, name text, currency text)
--: table ledger.budgets(account_id int, period text, amount decimal(14,2))
--: table market.prices(symbol text, day date, close decimal(10,4), volume int)
--: table market.trades(trade_id int, symbol text, side text, quantity int, price decimal(10,4), executed_at timestamp, book text)
--: table bank.invoices(invoice_id int, client_id int, issued_on date, due_on date, total decimal(10,2))
--: table bank.receipts(receipt_id int, invoice_id int, received_on date, amount decimal(10,2))

--# trial balance
--: in duckdb postgres snowflake bigquery databricks redshift trino
with lines as (
    select
        e.company_id,
        e.period,
        l.account_id,
        l.debit,
        l.credit,
        l.debit - l.credit as signed_amount
    from ledger.journal_lines l
    inner join ledger.entries e on e.entry_id = l.entry_id
    where e.reversed_by is null
),
summed as (
    select company_id, period, account_id, sum(debit) as debits, sum(credit) as credits, sum(signed_amount) as balance
    from lines
    group by company_id, period, account_id
)
select
    c.name as company,
    s.period,
    a.code as account_code,
    a.name as account_name,
    s.debits,
    s.credits,
    case when a.kind in ('liability', 'income') then -1 * s.balance else s.balance end as natural_balance,
    sum(s.balance) over (partition by s.company_id, s.account_id order by s.period rows unbounded preceding) as closing_balance
from summed s
join ledger.accounts a on a.account_id = s.account_id
join ledger.companies c on c.company_id = s.company_id
--> company: ledger.companies.name
--> period: ledger.entries.period
--> account_code: ledger.accounts.code
--> account_name: ledger.accounts.name
--> debits: ledger.journal_lines.debit
--> credits: ledger.journal_lines.credit
--> natural_balance: ledger.accounts.kind ledger.journal_lines.debit ledger.journal_lines.credit
--> closing_balance: ledger.journal_lines.debit ledger.journal_lines.credit | window ledger.entries.company_id ledger.journal_lines.account_id ledger.entries.period
--| rows: ledger.entries.entry_id ledger.journal_lines.entry_id ledger.entries.reversed_by ledger.entries.company_id ledger.entries.period ledger.journal_lines.account_id ledger.accounts.account_id ledger.companies.company_id

--# budget against actual, full join
--: in duckdb postgres snowflake bigquery databricks redshift trino
with actual as (
    select l.account_id, e.period, sum(l.debit - l.credit) as amount
    from ledger.journal_lines l join ledger.entries e on l.entry_id = e.entry_id
    group by l.account_id, e.period
),
compared as (
    select
        coalesce(actual.account_id, b.account_id) as account_id,
        coalesce(actual.period, b.period) as period,
        coalesce(actual.amount, 0) as actual,
        coalesce(b.amount, 0) as budget
    from actual full outer join ledger.budgets b
        on actual.account_id = b.account_id and actual.period = b.period
)
select
    compared.period,
    accounts.name,
    compared.actual,
    compared.budget,
    compared.actual - compared.budget as variance,
    case when compared.budget = 0 then null else compared.actual / compared.budget end as used
from compared left join ledger.accounts as accounts on accounts.account_id = compared.account_id
--> period: ledger.entries.period ledger.budgets.period
--> name: ledger.accounts.name
--> actual: ledger.journal_lines.debit ledger.journal_lines.credit
--> budget: ledger.budgets.amount
--> variance: ledger.journal_lines.debit ledger.journal_lines.credit ledger.budgets.amount
--> used: ledger.journal_lines.debit ledger.journal_lines.credit ledger.budgets.amount
--| rows: ledger.journal_lines.entry_id ledger.entries.entry_id ledger.journal_lines.account_id ledger.entries.period ledger.budgets.account_id ledger.budgets.period ledger.accounts.account_id

--# positions and profit
--: in duckdb
with signed as (
    select trade_id, symbol, book, executed_at::date as day,
        if(side = 'buy', quantity, -quantity) as signed_quantity,
        signed_quantity * price as cash
    from market.trades
),
daily as (
    select book, symbol, day, sum(signed_quantity) as traded, sum(cash) as spent from signed group by all
),
positions as (
    select *,
        sum(traded) over w as position,
        sum(spent) over w as invested
    from daily
    window w as (partition by book, symbol order by day)
),
valued as (
    select p.* exclude (spent), px.close, p.position * px.close as value
    from positions p asof left join market.prices px on px.symbol = p.symbol and p.day >= px.day
)
select book, symbol, day, position, close, value, value - invested as profit, rank() over (partition by day order by value - invested desc) as place
from valued
qualify row_number() over (partition by book, symbol order by day desc) = 1
order by profit desc
--> book: market.trades.book
--> symbol: market.trades.symbol
--> day: market.trades.executed_at
--> position: market.trades.side market.trades.quantity | window market.trades.book market.trades.symbol market.trades.executed_at
--> close: market.prices.close
--> value: market.trades.side market.trades.quantity market.prices.close | window market.trades.book market.trades.symbol market.trades.executed_at
--> profit: market.trades.side market.trades.quantity market.prices.close market.trades.price | window market.trades.book market.trades.symbol market.trades.executed_at
--> place: | window market.trades.executed_at market.trades.side market.trades.quantity market.prices.close market.trades.price market.trades.book market.trades.symbol
--| rows: market.trades.book market.trades.symbol market.trades.executed_at market.prices.symbol market.prices.day market.trades.side market.trades.quantity market.prices.close market.trades.price

--# moving averages
--: in duckdb postgres snowflake bigquery databricks redshift trino
select
    symbol,
    day,
    close,
    avg(close) over (partition by symbol order by day rows between 4 preceding and current row) as average_5,
    close / nullif(lag(close) over (partition by symbol order by day), 0) - 1 as day_return,
    sum(volume * close) over (partition by symbol order by day rows between unbounded preceding and current row)
        / nullif(sum(volume) over (partition by symbol order by day rows between unbounded preceding and current row), 0) as vwap
from market.prices
--> symbol: market.prices.symbol
--> day: market.prices.day
--> close: market.prices.close
--> average_5: market.prices.close | market.prices.symbol market.prices.day
--> day_return: market.prices.close | market.prices.symbol market.prices.day
--> vwap: market.prices.volume market.prices.close | market.prices.symbol market.prices.day

--# aged receivables
--: in duckdb postgres
with paid as (
    select invoice_id, sum(amount) as paid, max(received_on) as last_paid_on from bank.receipts group by invoice_id
),
open_invoices as (
    select
        i.invoice_id,
        i.client_id,
        i.due_on,
        i.total - coalesce(p.paid, 0) as open_amount,
        date '2024-06-30' - i.due_on as days_late,
        p.last_paid_on
    from bank.invoices i left join paid p using (invoice_id)
    where i.total > coalesce(p.paid, 0)
)
select
    client_id,
    sum(open_amount) as open_amount,
    sum(case when days_late <= 0 then open_amount else 0 end) as not_due,
    sum(case when days_late between 1 and 30 then open_amount else 0 end) as late_30,
    sum(open_amount) filter (where days_late > 30) as later,
    max(last_paid_on) as last_paid_on,
    count(*) as invoices
from open_invoices
group by client_id
--> client_id: bank.invoices.client_id
--> open_amount: bank.invoices.total bank.receipts.amount
--> not_due: bank.invoices.due_on bank.invoices.total bank.receipts.amount
--> late_30: bank.invoices.due_on bank.invoices.total bank.receipts.amount
--> later: bank.invoices.total bank.receipts.amount conditional bank.invoices.due_on
--> last_paid_on: bank.receipts.received_on
--> invoices:
--: data wild-only totals are compared with sums, which a gentle change does not keep in order
--| rows: bank.receipts.invoice_id bank.invoices.invoice_id bank.invoices.total bank.receipts.amount bank.invoices.client_id

--# Snowflake profit and loss with pivot and lateral aliases
--: in snowflake
with lines as (
    select a.kind, e.period, l.credit - l.debit as amount
    from ledger.journal_lines l
    join ledger.entries e using (entry_id)
    join ledger.accounts a using (account_id)
    where a.kind in ('income', 'expense')
),
pivoted as (
    select * from lines pivot (sum(amount) for kind in ('income', 'expense')) as p (period, income, expense)
)
select period, income, expense, income + expense as profit, profit / nullif(income, 0) as margin,
    profit > 0 as is_positive
from pivoted
--> period: ledger.entries.period
--> income: ledger.journal_lines.credit ledger.journal_lines.debit | ledger.accounts.kind
--> expense: ledger.journal_lines.credit ledger.journal_lines.debit | ledger.accounts.kind
--> profit: ledger.journal_lines.credit ledger.journal_lines.debit | ledger.accounts.kind
--> margin: ledger.journal_lines.credit ledger.journal_lines.debit | ledger.accounts.kind
--> is_positive: ledger.journal_lines.credit ledger.journal_lines.debit | ledger.accounts.kind
--| rows: ledger.journal_lines.entry_id ledger.entries.entry_id ledger.journal_lines.account_id ledger.accounts.account_id ledger.accounts.kind
--| may rows: ledger.entries.period

--# account hierarchy rolled up
--: in duckdb postgres
with recursive up as (
    select account_id, account_id as ancestor_id, 0 as distance, parent_id as next_id from ledger.accounts
    union all
    select up.account_id, a.account_id, up.distance + 1, a.parent_id
    from up join ledger.accounts a on a.account_id = up.next_id
    where up.distance < 2
),
amounts as (select account_id, sum(debit) - sum(credit) as amount from ledger.journal_lines group by account_id)
select ancestor.code, ancestor.name, sum(amounts.amount) as rolled_up, count(distinct up.account_id) as accounts
from up
join amounts on amounts.account_id = up.account_id
join ledger.accounts ancestor on ancestor.account_id = up.ancestor_id
group by ancestor.code, ancestor.name
--> code: ledger.accounts.code
--> name: ledger.accounts.name
--> rolled_up: ledger.journal_lines.debit ledger.journal_lines.credit
--> accounts: ledger.accounts.account_id
--| rows: ledger.accounts.account_id ledger.accounts.parent_id ledger.journal_lines.account_id ledger.accounts.code ledger.accounts.name

--# Databricks fees with maps and lateral views
--: in databricks
--: table ledger.fees(fee_id int, account_id int, parts text, charged_at timestamp)
with exploded as (
    select fee_id, account_id, date_trunc('month', charged_at) as month, part.kind as fee_kind, part.amount as fee_amount
    from ledger.fees lateral view explode(parts) p as part
)
select a.code, e.month, e.fee_kind, sum(e.fee_amount) as fees, collect_set(e.fee_id) as fee_ids
from exploded e left join ledger.accounts a on a.account_id = e.account_id
group by a.code, e.month, e.fee_kind
--> code: ledger.accounts.code
--> month: ledger.fees.charged_at
--> fee_kind: ledger.fees.parts
--> fees: ledger.fees.parts
--> fee_ids: ledger.fees.fee_id
--| rows: ledger.accounts.account_id ledger.fees.account_id ledger.accounts.code ledger.fees.charged_at ledger.fees.parts
