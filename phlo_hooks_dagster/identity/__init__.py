"""Which physical table an asset is, and which stage it has; needs no Dagster, so that commands are quick."""
