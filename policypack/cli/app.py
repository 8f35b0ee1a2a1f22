"""The commands, put together."""

from __future__ import annotations

import typer

from policypack.cli.baseline import baseline
from policypack.cli.check import check
from policypack.cli.config import config_app
from policypack.cli.explain import explain
from policypack.cli.fleet import fleet
from policypack.cli.fleet_report import fleet_report
from policypack.cli.lint import lint_project
from policypack.cli.listing import list_policies
from policypack.cli.new import new
from policypack.cli.path import path
from policypack.pack import PACK

app = typer.Typer(
    name="policypack",
    help=PACK.description,
    no_args_is_help=True,
    # Their tables show the values of local variables, secrets among them.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(check)
app.command("lint")(lint_project)
app.command()(explain)
app.command("list")(list_policies)
app.command()(baseline)
app.command()(fleet)
app.command("fleet-report")(fleet_report)
app.command()(path)
app.command()(new)
app.add_typer(config_app)
