"""The words of the `prism` command: every command, its options and its help. Pure."""

import argparse
import difflib
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from monitoring.events.filters import SEVERITIES
from prism.core.answer import CommandFailed
from prism.core.terminal import printable
from services.artifacts.files import KINDS
from services.catalog.names import PHASES, Status

EPILOG = """\
exit status: 0 ok, 1 error, 2 differs or unhealthy.
Every command explains itself: prism COMMAND --help."""


class Needs(Enum):
    """What a command stands on, and so what is started before it."""

    NOTHING = "nothing"
    SETTINGS = "settings"
    DATABASE = "database"
    STATE = "the catalog as a state, from the database or from --manifest FILE"


@dataclass(frozen=True, slots=True)
class Option:
    """One argument of a command, as argparse takes it."""

    names: tuple[str, ...]
    settings: dict[str, object]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: where its function is (`module:function`), what it needs, how it is called."""

    name: str
    help: str
    run: str
    needs: Needs
    options: tuple[Option, ...] = ()
    answers_json: bool = True


def _option(*names: str, **settings: object) -> Option:
    return Option(names, settings)


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not a number of one or more")
    return int(text)


def _percent(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not a number from 1 to 100")
    return int(text)


_SERVICE = _option("service", metavar="SERVICE", help="its name or an alias")
_FILE = _option("file", metavar="FILE", help="the manifest; - reads standard input")
_PRUNE = _option(
    "--prune", action="store_true", help="also archive or remove what the file does not list"
)
_FORCE = _option(
    "--force", action="store_true", help="prune even when much of the catalog would go"
)
_CATALOG = "services.catalog.commands"
_MANIFEST = "services.manifest.commands"
_ANALYSES = "services.analyses.commands"

COMMANDS: tuple[Command, ...] = (
    Command(
        "up",
        "start everything: database, Redis, web server and worker",
        "prism.up:up",
        Needs.SETTINGS,
        answers_json=False,
    ),
    Command(
        "prepare",
        "bring the tables up to date and fill an empty console, before its processes are started",
        "prism.up:prepare",
        Needs.SETTINGS,
        answers_json=False,
    ),
    Command(
        "list",
        "list the services",
        f"{_CATALOG}:show_list",
        Needs.STATE,
        (
            _option("--status", choices=[status.value for status in Status], help="only these"),
            _option("--kind", metavar="K", help="only this kind, such as backend"),
            _option("--project", metavar="P", help="only this project"),
            _option("--phase", type=int, choices=PHASES, help="only this phase"),
        ),
    ),
    Command(
        "status",
        "count services and projects, and show the current phase",
        f"{_CATALOG}:show_status",
        Needs.STATE,
    ),
    Command(
        "env",
        "list a service's environment variables",
        f"{_CATALOG}:show_variables",
        Needs.STATE,
        (_SERVICE,),
    ),
    Command(
        "env-check",
        "check that a service has what it needs in one environment",
        "services.variables.commands:check_environment",
        Needs.STATE,
        (
            _SERVICE,
            _option("--environment", "-e", metavar="E", default="prod", help="default: prod"),
            _option(
                "--file", metavar="FILE", default="", help="look at this .env file; - reads stdin"
            ),
            _option("--process", action="store_true", help="look at this process's environment"),
            _option(
                "--railway",
                metavar="FILE",
                default="",
                help="look at what `railway variable list --json` printed; - reads stdin",
            ),
            _option(
                "--reader",
                metavar="R",
                choices=["python-dotenv", "compose", "sh", "node-dotenv"],
                default="",
                help="the program that reads the file; default: what the first three agree on",
            ),
            _option(
                "--record", action="store_true", help="keep how the values are, never what they are"
            ),
        ),
    ),
    Command(
        "repo",
        "print the address of a service's repository",
        f"{_CATALOG}:show_repository",
        Needs.STATE,
        (_SERVICE,),
    ),
    Command(
        "open",
        "print a service's address, and open it where there is a browser",
        f"{_CATALOG}:open_service",
        Needs.STATE,
        (
            _SERVICE,
            _option("environment", metavar="ENV", nargs="?", default="prod", help="default: prod"),
            _option("--print", action="store_true", help="only print the address"),
        ),
    ),
    Command(
        "render",
        "make a service's deployment files, or compare them with those of a repository",
        "services.artifacts.commands:render",
        Needs.STATE,
        (
            _SERVICE,
            _option(
                "--only",
                metavar="KIND",
                choices=KINDS,
                action="append",
                help=f"only this one, and again for more: {', '.join(KINDS)}",
            ),
            _option("--output", "-o", metavar="DIR", help="write them below this folder"),
            _option("--check", metavar="DIR", help="compare them with the files below this folder"),
        ),
    ),
    Command(
        "plan",
        "show what applying a manifest would change",
        f"{_MANIFEST}:plan",
        Needs.DATABASE,
        (_FILE, _PRUNE, _FORCE),
    ),
    Command(
        "apply",
        "bring the catalog to what a manifest says",
        f"{_MANIFEST}:apply",
        Needs.DATABASE,
        (
            _FILE,
            _PRUNE,
            _FORCE,
            _option("--message", "-m", metavar="M", default="", help="why, for the history"),
        ),
    ),
    Command(
        "export",
        "write the catalog as a manifest",
        f"{_MANIFEST}:export",
        Needs.DATABASE,
        (_option("--output", "-o", metavar="FILE", help="instead of standard output"),),
    ),
    Command(
        "log",
        "list the change sets, newest first",
        f"{_MANIFEST}:log",
        Needs.DATABASE,
        (_option("--limit", "-n", type=int, default=20, metavar="N", help="default: 20"),),
    ),
    Command(
        "revert",
        "undo one change set",
        f"{_MANIFEST}:revert",
        Needs.DATABASE,
        (
            _option("change_set", type=int, metavar="CHANGESET", help="its number in `prism log`"),
            _option("--message", "-m", metavar="M", default="", help="why, for the history"),
        ),
    ),
    Command(
        "analyses",
        "take in a folder of analysis documents, or write one",
        f"{_ANALYSES}:analyses",
        Needs.DATABASE,
        (
            _option("what", metavar="import|export", choices=["import", "export"], help="do which"),
            _option("folder", metavar="DIR", help="the folder of Markdown files"),
        ),
    ),
    Command(
        "schema", "print the JSON Schema of the manifest", "prism.about:show_schema", Needs.NOTHING
    ),
    Command("version", "print the version", "prism.about:show_version", Needs.NOTHING),
    Command(
        "audit",
        "check that the audit trail is whole, or guard it again",
        "prism.core.commands:audit",
        Needs.DATABASE,
        (
            _option(
                "what",
                metavar="verify|guard",
                choices=["verify", "guard"],
                help="check the chain of seals, or put back the triggers that guard it",
            ),
            _option("--head", metavar="NUMBER:HASH", default="", help="a head from an earlier log"),
        ),
    ),
    Command(
        "backup",
        "write every table into one file, while the console goes on",
        "prism.backup:backup",
        Needs.DATABASE,
        (_option("--output", "-o", metavar="FILE", help="default: named after the time"),),
    ),
    Command(
        "restore",
        "make the console what a backup has",
        "prism.restore:restore",
        Needs.DATABASE,
        (
            _option("file", metavar="FILE", help="what `prism backup` wrote"),
            _option("--verify", action="store_true", help="only prove that it can be restored"),
            _option("--replace", action="store_true", help="throw away what this console has"),
        ),
    ),
    Command(
        "check",
        "look for mistakes in the settings and in the catalog",
        "prism.catalog_check:check",
        Needs.STATE,
        (
            _option("--deploy", action="store_true", help="only the settings, for production"),
            _option("--fail-level", metavar="LEVEL", help="with --deploy: what is an error"),
            _option("--sarif", action="store_true", help="print a SARIF log, for code hosts"),
            _option("--list", action="store_true", help="list the checks of the catalog"),
        ),
    ),
    Command(
        "doctor", "look at what the console needs to run", "prism.doctor:doctor", Needs.SETTINGS
    ),
    Command(
        "events",
        "publish an event, or show the newest and those that come",
        "monitoring.events.commands:events",
        Needs.DATABASE,
        (
            _option("what", metavar="publish|tail", choices=["publish", "tail"], help="do which"),
            _option("--service", metavar="S", default="", help="the service, or only this one"),
            _option(
                "--type", metavar="T", default="", help="such as deploy.success; how it begins"
            ),
            _option("--severity", metavar="L", choices=list(SEVERITIES), help="or the least one"),
            _option("--message", "-m", metavar="M", default="", help="what happened, in words"),
            _option("--payload", metavar="JSON", default="", help="anything more to keep with it"),
            _option("--id", metavar="ID", default="", help="the same id is the same event"),
            _option("--limit", "-n", type=int, default=20, metavar="N", help="default: 20"),
            _option("--no-follow", action="store_true", help="end after the newest"),
        ),
    ),
    Command(
        "health",
        "ask every service now whether it is well",
        "monitoring.health.commands:show_health",
        Needs.DATABASE,
        (_option("service", metavar="SERVICE", nargs="?", default="", help="only this one"),),
    ),
    Command(
        "redis",
        "show how Redis does, what it is to hold, and compare that with what it holds",
        "monitoring.redis_inspect.commands:redis",
        Needs.DATABASE,
        (
            _option(
                "what",
                metavar="info|namespaces|scan|acl",
                choices=["info", "namespaces", "scan", "acl"],
                help="the server's figures, the declarations, a scan of the keys that are there, or"
                " the least that its user needs",
            ),
            _option("--instance", metavar="NAME", default="", help="not the console's own server"),
            _option("--sample", action="store_true", help="estimate from 15,000 keys"),
            _option(
                "--duty",
                type=_percent,
                default=25,
                metavar="PERCENT",
                help="the share of time at work; default: 25",
            ),
            _option("--lua", action="store_true", help="let a script on the server do the work"),
            _option("--max-keys", type=_positive, metavar="N", help="end after so many keys"),
            _option("--max-seconds", type=_positive, metavar="S", help="end after so long"),
            _option(
                "--fail-on-violation", action="store_true", help="exit with 2 when a rule is broken"
            ),
        ),
    ),
    Command(
        "incidents",
        "list the open incidents",
        "monitoring.alerts.commands:incidents",
        Needs.DATABASE,
        (
            _option("--all", action="store_true", help="those that are over too"),
            _option("--limit", "-n", type=int, default=50, metavar="N", help="default: 50"),
        ),
    ),
    Command(
        "silence",
        "tell nobody of a service's incidents for a while",
        "monitoring.alerts.commands:silence",
        Needs.DATABASE,
        (
            _option("service", metavar="SERVICE", nargs="?", default="", help="default: all"),
            _option("--rule", metavar="R", default="", help="only incidents of this rule"),
            _option(
                "--for", dest="for_", metavar="T", default="1h", help="30m, 2h or 1d; default: 1h"
            ),
            _option("--reason", metavar="WHY", required=True, help="for whoever wonders later"),
        ),
    ),
    Command(
        "worker",
        "do the work that is due, until stopped",
        "monitoring.commands:work",
        Needs.DATABASE,
        answers_json=False,
    ),
)
# Django's own commands, named as they are there; `prism manage` runs any other.
DJANGO_COMMANDS = {
    "migrate": "bring the database's tables up to date",
    "createsuperuser": "add an administrator",
    "manage": "run any other command of Django: prism manage COMMAND",
}


class Parser(argparse.ArgumentParser):
    """A parser whose mistakes exit with 1 and name the nearest command; 2 means `differs`."""

    def error(self, message: str) -> NoReturn:
        """Refuse as every command does, so that `--json` gets its document here too."""
        raise CommandFailed(f"{message}\nSee `{self.prog} --help`.")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        choices = list(action.choices or ())
        if isinstance(value, str) and choices and value not in choices:
            nearest = difflib.get_close_matches(value, map(str, choices), n=1)
            what = str(action.metavar or action.dest).lower()
            hint = f" Did you mean {nearest[0]}?" if nearest else ""
            self.error(f"there is no {what} {printable(value)}.{hint}")
        super()._check_value(action, value)


def parser() -> Parser:
    """Make the parser of the whole command; the chosen Command is in `command`."""
    top = Parser(
        prog="prism",
        description="Prism console: what we run, and whether it is well.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen = top.add_subparsers(metavar="COMMAND", dest="name", required=True)
    for command in COMMANDS:
        sub = chosen.add_parser(command.name, help=command.help, description=command.help)
        for option in command.options:
            sub.add_argument(*option.names, **option.settings)  # type: ignore[arg-type]
        if command.needs is Needs.STATE:
            sub.add_argument("--manifest", metavar="FILE", help="read this file, not the database")
        if command.answers_json:
            sub.add_argument("--json", action="store_true", help="print one JSON document")
        sub.set_defaults(command=command)
    for name, help_text in DJANGO_COMMANDS.items():
        chosen.add_parser(name, help=help_text, add_help=False)
    return top
