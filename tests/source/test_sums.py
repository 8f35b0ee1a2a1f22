"""What `+` makes of values, in the languages that share it."""

import pytest

from tests.source.evaluation import says, written_values


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ('1 + 2 + "px"', "3px"),
        ('"a" + 1 + 2', "a12"),
        ('1 + 2 + "px" + 3 + 4', "3px34"),
        ('unheardOf() + 1 + "px"', "{?}px"),
        ("1 + 2", 3),
        ("4294967295 + 1", "?"),
    ],
)
def test_numbers_are_added_up_until_there_is_a_text(policy: str, expected: object) -> None:
    text = f'import * as aws from "@pulumi/aws";\nnew aws.sns.TopicPolicy("it", {{ policy: {policy} }});\n'
    assert says(written_values(index_ts=text)) == expected


def test_a_number_that_is_too_large_for_a_float_is_not_told() -> None:
    text = f'import pulumi_aws as aws\naws.sns.TopicPolicy("it", policy=0x{"f" * 400} + 1.0)\n'
    assert says(written_values(main_py=text)) == "?"
