"""Which sizes AWS Fargate offers for tasks."""

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Fargate task sizes",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
            "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
        ),
    ),
)

FARGATE_SIZES: Final[Mapping[int, tuple[int, ...]]] = {
    256: (512, 1024, 2048),
    512: (1024, 2048, 3072, 4096),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
"""CPU units (1024 are a vCPU) -> the memory in MiB that a task of that many can have."""
