"""The second factor: enrolment, log-in, recovery, policy."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP

from prism.core import second_factor
from prism.core.audit_entry import AuditEntry
from prism.core.second_factor import RecoveryCode, SecondFactor, verify_code
from tests.make import make_administrator, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NOW = timezone.now()


def code_of(user, at=None):
    factor = SecondFactor.objects.get(user=user)
    totp = TOTP(bytes.fromhex(factor.key))
    totp.time = (at or timezone.now()).timestamp()
    return f"{totp.token():06d}"


def enrolled(username="ada", at=NOW - timedelta(hours=1)):
    user = make_administrator(username, password=PASSWORD)
    second_factor.begin_enrolment(user)
    codes = second_factor.confirm_enrolment(user=user, code=code_of(user, at), now=at)
    return user, codes


def log_in(client, code=""):
    data = {"username": "ada", "password": PASSWORD, "code": code, "next": "/account/"}
    return client.post(reverse("admin:login"), data)


def test_enrolling_shows_a_qr_code_and_asks_to_confirm_it(client):
    user = make_administrator("ada", password=PASSWORD)
    client.force_login(user)
    page = reverse("second-factor")

    client.post(page)
    shown = client.get(page).content.decode()
    confirmed = client.post(page, {"code": code_of(user)})

    assert 'src="data:image/svg+xml' in shown
    assert second_factor.readable_key(SecondFactor.objects.get()) in shown
    assert confirmed.status_code == 200
    assert len(confirmed.context["codes"]) == second_factor.RECOVERY_CODES
    assert "no-store" in confirmed["Cache-Control"]
    assert second_factor.is_enrolled(user)


def test_an_unconfirmed_key_protects_nothing_and_asks_nothing(client):
    user = make_administrator("ada", password=PASSWORD)
    second_factor.begin_enrolment(user)

    assert log_in(client).status_code == 302


def test_a_wrong_code_does_not_switch_it_on(client):
    user = make_administrator("ada")
    client.force_login(user)
    client.post(reverse("second-factor"))

    refused = client.post(reverse("second-factor"), {"code": "000000x"})

    assert refused.status_code == 400
    assert not second_factor.is_enrolled(user)


def test_enrolling_ends_the_sessions_that_proved_only_a_password(client):
    user = make_administrator("ada")
    other = Client()
    client.force_login(user)
    other.force_login(user)
    client.post(reverse("second-factor"))

    client.post(reverse("second-factor"), {"code": code_of(user)})

    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_the_key_is_not_shown_again_once_it_works(client):
    user, _ = enrolled()
    client.force_login(user)

    page = client.get(reverse("second-factor")).content.decode()

    assert second_factor.readable_key(SecondFactor.objects.get()) not in page


def test_log_in_needs_the_code(client):
    user, _ = enrolled()

    without = log_in(client)
    wrong = log_in(client, "123456")
    right = log_in(client, code_of(user))

    assert b"Enter the code" in without.content
    assert b"not valid" in wrong.content
    assert right.status_code == 302
    assert AuditEntry.objects.filter(action="second_factor.failed").count() == 1
    assert AuditEntry.objects.get(action="login.ok").details == '{"second_factor":true}'


def test_wrong_codes_are_throttled_like_wrong_passwords(client):
    user, _ = enrolled()
    for _ in range(5):
        log_in(client, "000000")

    assert log_in(client, code_of(user)).status_code == 429


def test_a_code_works_once():
    user, _ = enrolled()
    code = code_of(user, NOW)

    assert verify_code(user=user, code=code, now=NOW)
    assert not verify_code(user=user, code=code, now=NOW)


@pytest.mark.parametrize(("off_by_s", "accepted"), [(-29, True), (29, True), (-95, False)])
def test_a_clock_may_be_half_a_minute_off(off_by_s, accepted):
    user, _ = enrolled()
    code = code_of(user, NOW + timedelta(seconds=off_by_s))

    assert verify_code(user=user, code=code, now=NOW) is accepted


@pytest.mark.parametrize(
    "text",
    ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "\x00", "\ud800"],
)
def test_no_other_text_is_a_code(text):
    user, _ = enrolled()

    assert not verify_code(user=user, code=text, now=NOW)


def test_ten_wrong_codes_from_anywhere_make_a_pause():
    user, _ = enrolled()
    for _ in range(10):
        verify_code(user=user, code="000000", now=NOW)

    assert not verify_code(user=user, code=code_of(user, NOW), now=NOW)
    later = NOW + second_factor.PAUSE
    assert verify_code(user=user, code=code_of(user, later), now=later)


def test_a_recovery_code_works_once():
    user, codes = enrolled()

    assert verify_code(user=user, code=f" {codes[0].upper()} ", now=NOW)
    assert not verify_code(user=user, code=codes[0], now=NOW)
    assert verify_code(user=user, code=codes[1], now=NOW)


def test_recovery_codes_are_kept_as_hashes():
    _, codes = enrolled()

    kept = set(RecoveryCode.objects.values_list("sha256", flat=True))
    assert len(kept) == 10
    assert not kept & set(codes)


def test_switching_it_off_needs_a_code(client):
    user, _ = enrolled()
    client.force_login(user)

    client.post(reverse("second-factor-remove"), {"code": "000000"})
    assert second_factor.is_enrolled(user)

    client.post(reverse("second-factor-remove"), {"code": code_of(user)})
    assert not second_factor.is_enrolled(user)


@pytest.mark.parametrize(
    ("policy", "role", "demanded"),
    [
        ("off", "admin", False),
        ("admins", "admin", True),
        ("admins", "editor", False),
        ("all", "viewer", True),
    ],
)
def test_the_policy_sends_people_to_the_set_up_page(client, settings, policy, role, demanded):
    settings.PRISM_REQUIRE_MFA = policy
    user = make_user("bob", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)

    response = client.get(reverse("account"))

    if demanded:
        assert (response.status_code, response["Location"]) == (302, reverse("second-factor"))
        assert client.get(reverse("second-factor")).status_code == 200
        assert client.post(reverse("admin:logout")).status_code == 302
    else:
        assert response.status_code == 200


def test_what_the_policy_demands_cannot_be_switched_off(client, settings):
    settings.PRISM_REQUIRE_MFA = "all"
    user, _ = enrolled()
    log_in(client, code_of(user, timezone.now()))
    later = timezone.now() + timedelta(seconds=30)

    client.post(reverse("second-factor-remove"), {"code": code_of(user, later)})

    assert second_factor.is_enrolled(user)


def test_after_proving_it_the_policy_is_satisfied(client, settings):
    settings.PRISM_REQUIRE_MFA = "admins"
    user, _ = enrolled()

    log_in(client, code_of(user))

    assert client.get(reverse("account")).status_code == 200
