{% snapshot payments_history %}
{{ config(strategy='timestamp', unique_key="id || '-' || order_id", updated_at='paid_at') }}
select id, order_id, state, paid_at from {{ source('raw', 'payments') }}
{% endsnapshot %}
