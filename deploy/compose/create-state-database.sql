-- Run once, by the postgres image, on an empty volume.
CREATE DATABASE phlo_hooks OWNER dagster;
