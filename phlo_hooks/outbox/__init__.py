"""The state database: events, watermarks, positions, deliveries, leases, snapshots."""
