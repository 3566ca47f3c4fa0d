"""What the tests of the roof share with those of the ground floor."""

from tests.core.conftest import own_redis as own_redis
