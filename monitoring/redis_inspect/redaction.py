"""Takes the data out of commands that the slow log tells of: the command stays, and where it pointed. Pure."""

from collections.abc import Sequence

from monitoring.redis_inspect.key_access import KeyAccess
from monitoring.redis_inspect.masking import readable

# commands whose first argument is a key
_KEY_FIRST = frozenset(
    b"append bitcount bitfield bitpos decr decrby del dump exists expire expireat expiretime get getbit "
    b"getdel getex getrange getset hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset "
    b"hrandfield hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lindex linsert llen lpop lpush "
    b"lpushx lrange lrem lset ltrim mget mset persist pexpire pexpireat pfadd pfcount psetex pttl rename "
    b"rpop rpush rpushx sadd scard set setbit setex setnx setrange sismember smembers smismember sort "
    b"sort_ro spop srandmember srem sscan strlen sunion sinter sdiff touch ttl type unlink watch xack xadd "
    b"xautoclaim xclaim xdel xlen xpending xrange xrevrange xtrim zadd zcard zcount zincrby zlexcount zmscore "
    b"zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrank zrem zremrangebyrank "
    b"zremrangebyscore zrevrange zrevrangebyscore zrevrank zscan zscore".split()
)
# a second word that is part of the command, not data
_WITH_SUBCOMMAND = frozenset(
    b"acl client cluster command config debug function latency memory module object pubsub script slowlog "
    b"xgroup xinfo".split()
)


def redact_command(words: Sequence[bytes], access: KeyAccess) -> str:
    """Write a command with its key as far as it may be shown, and only the number of what follows."""
    if not words:
        return ""
    command = words[0].lower()
    kept, shown = 1, [readable(words[0], 40).upper()]
    if command in _WITH_SUBCOMMAND and len(words) > 1:
        kept, shown = 2, [*shown, readable(words[1], 40).upper()]
    elif command in _KEY_FIRST and len(words) > 1:
        kept, shown = 2, [*shown, access.to(words[1]).name]
    if rest := len(words) - kept:
        shown.append(f"({rest} argument{'' if rest == 1 else 's'})")
    return " ".join(shown)
