"""
Instance classes and node types that AWS no longer offers, or has announced to retire, as patterns.

They are the defaults of the policies about instance classes, whose config can say otherwise.
"""

from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Retired classes of databases",
        "2026-11-21",
        ("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",),
    ),
    Dataset(
        "Retired node types of caches",
        "2026-11-21",
        ("https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html",),
    ),
    Dataset("Previous generations of EC2", "2026-11-21", ("https://aws.amazon.com/ec2/previous-generation/",)),
    Dataset(
        "Retired types of search, warehouse and broker instances",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html",
            "https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-clusters.html",
            "https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/broker-instance-types.html",
        ),
    ),
)

RETIRED_DATABASES: Final = ("db.t1.*", "db.t2.*", "db.m1.*", "db.m2.*", "db.m3.*", "db.m4.*", "db.r3.*", "db.r4.*")

RETIRED_CACHES: Final = (
    "cache.t1.*",
    "cache.m1.*",
    "cache.m2.*",
    "cache.c1.*",
    "cache.t2.*",
    "cache.m3.*",
    "cache.r3.*",
)

RETIRED_INSTANCES: Final = (
    *("t1.*", "m1.*", "m2.*", "m3.*", "c1.*", "c3.*", "r3.*", "i2.*", "g2.*"),
    *("cc1.*", "cc2.*", "cg1.*", "cr1.*", "hi1.*", "hs1.*"),
)

RETIRED_SERVICES: Final = (
    *(f"{family}.*.{service}" for family in ("t2", "m3", "r3", "i2") for service in ("search", "elasticsearch")),
    *("dc1.*", "ds1.*", "ds2.*"),
    # No broker can be created on these since 2025-03-17.
    *("mq.t2.micro", "mq.m4.large"),
)
