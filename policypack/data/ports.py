"""The ports on which database engines listen where nobody chooses another one."""

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Default ports of database engines",
        "2026-11-21",
        (
            "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html",
            "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/accessing-elasticache.html",
        ),
        max_age=365,
    ),
)

ENGINE_PORTS: Final[Mapping[str, int]] = {
    "postgres": 5432,
    "aurora-postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "aurora": 3306,
    "oracle": 1521,
    "sqlserver": 1433,
    "db2": 50000,
    "redis": 6379,
    "valkey": 6379,
    "memcached": 11211,
}
"""By the beginning of the engine's name; RDS Custom puts "custom-" before it."""
