"""Where the addresses of databases and caches come from."""

from monitoring.targets import target_variable


def test_the_name_of_a_target_variable_is_one_that_a_shell_takes() -> None:
    assert target_variable("my.db-1", "pre-prod") == "PRISM_TARGET_MY_DB_1_PRE_PROD"
