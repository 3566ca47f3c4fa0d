# Made by Prism console of what the catalog says of the services of prism-console. Edit the catalog, not this file.
# The whole project: what is not in this file, `railway config apply` takes away.
# Look at `railway config plan` first. It needs: pip install railway-sdk
from railway_sdk import define_railway, github, postgres, preserve, project, redis, ref, service


DOMAINS = {
    'prism-web': {
        'production': [{'domain': 'prism.example.com', 'port': 8000}],
    },
}


def domains_here(ctx, service):
    return DOMAINS.get(service, {}).get(ctx.environment if ctx else None, [])


@define_railway
def main(ctx=None):
    the_postgres = postgres('Postgres')
    the_redis = redis('Redis')
    the_prism_web = service(
        'prism-web',
        source=github('example/prism-console', branch='main'),
        build={'builder': 'DOCKERFILE', 'dockerfilePath': 'Dockerfile'},
        start='gunicorn -c python:prism.gunicorn prism.asgi:application',
        preDeploy=['prism prepare'],
        healthcheck='/ready',
        healthcheckTimeout=120,
        domains=domains_here(ctx, 'prism-web'),
        env={
            'DATABASE_URL': the_postgres.env['DATABASE_URL'],
            'PRISM_BIND': '::',
            'PRISM_PUBLIC_URL': preserve(),
            'PRISM_REQUIRE_MFA': 'admins',
            'PRISM_SECRET_KEY': preserve(),
            'PRISM_TRUSTED_PROXY': 'true',
            'REDIS_URL': the_redis.env['REDIS_URL'],
        },
    )
    the_prism_worker = service(
        'prism-worker',
        source=github('example/prism-console', branch='main'),
        build={'builder': 'DOCKERFILE', 'dockerfilePath': 'Dockerfile'},
        start='prism worker',
        env={
            'DATABASE_URL': the_postgres.env['DATABASE_URL'],
            'PRISM_SECRET_KEY': ref({'address': 'service.prism-web'}, 'PRISM_SECRET_KEY'),
            'REDIS_URL': the_redis.env['REDIS_URL'],
        },
    )
    return project('prism-console', resources=[
        the_postgres,
        the_prism_web,
        the_prism_worker,
        the_redis,
    ])
