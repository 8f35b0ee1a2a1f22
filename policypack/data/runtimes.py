"""Runtimes of Lambda functions that AWS no longer supports."""

from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Deprecated runtimes of Lambda functions",
        "2026-09-23",
        ("https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",),
        max_age=180,
    ),
)

# Those that the page lists as deprecated, and that FSBP Lambda.2 no longer lists as supported.
DEPRECATED_LAMBDA_RUNTIMES: Final = (
    *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x"),
    *("nodejs16.x", "nodejs18.x", "nodejs20.x"),
    *("python2.7", "python3.6", "python3.7", "python3.8", "python3.9"),
    *("java8", "go1.x", "provided"),
    *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet5.0", "dotnet6", "dotnet7"),
    *("ruby2.5", "ruby2.7", "ruby3.2"),
)
