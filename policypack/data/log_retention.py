"""For how many days CloudWatch Logs can keep the logs of a log group."""

from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Retention of log groups",
        "2026-11-21",
        ("https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",),
        max_age=365,
    ),
)

RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
