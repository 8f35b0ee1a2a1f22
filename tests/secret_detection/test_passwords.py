"""Made-up passwords are told from random ones."""

import random
import string

import pytest

from policypack.secret_detection.passwords import is_human_like

ALPHABETS = {
    "letters and digits": string.ascii_letters + string.digits,
    "all that RDS takes": string.ascii_letters + string.digits + "!#$%&*()-_=+[]{}<>:?",
    "hexadecimal": string.hexdigits[:16],
    "lower case": string.ascii_lowercase + string.digits,
}


@pytest.mark.parametrize(
    "password",
    [
        "TempPassword123!",
        "SuperSecret2024!",
        "LoanDb#Prod2024",
        "DbAdmin#2025Prod",
        "AcmeLoans2024!",
        "correct-horse-battery-staple",
        "my-super-secret-auth-token",
        "ThisIsAVerySecurePassword!",
        "P@ssw0rd1234567890",
        "changeme",
        "postgres",
        "a",
        "Correct-Horse-Battery-" * 10,
    ],
)
def test_what_people_make_up_is_human_like(password: str) -> None:
    assert is_human_like(password)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize(("length", "count"), [(16, 100), (24, 50), (128, 25)])
def test_what_machines_draw_is_not(alphabet: str, length: int, count: int) -> None:
    draw = random.Random(f"{alphabet} {length}")
    drawn = ["".join(draw.choices(ALPHABETS[alphabet], k=length)) for _ in range(count)]
    assert sum(map(is_human_like, drawn)) <= (1 if length == 16 else 0)


@pytest.mark.parametrize(
    "drawn",
    ["3f2b8a4e-7c19-4d6f-9b0e-5a1c2d3e4f60", "8f14e45fceea167a5a36dedd4bea2543", "mF9xB2qLr8VtK1zWcY6u"],
)
def test_ids_and_keys_are_not(drawn: str) -> None:
    assert not is_human_like(drawn)
