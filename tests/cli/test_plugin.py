from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

from tests.cli.conftest import Shop

Invoke = Callable[..., Result]


def test_plugins_are_listed_with_what_failed(shop: Shop, invoke: Invoke) -> None:
    """Name, type, version, author, hooks; a plugin that cannot be loaded stands there with its reason."""
    shop.use_hooks()
    shop.hooks.append("no_such_module:hook")

    result = invoke("plugin", "list", "--type", "hooks")
    listed = {entry["name"]: entry for entry in json.loads(invoke("plugin", "list", "--json").stdout)}

    assert result.exit_code == 0
    assert result.stdout.split("\n")[0].split() == ["NAME", "TYPE", "VERSION", "AUTHOR", "HOOKS", "FAILED"]
    assert "No module named 'no_such_module'" in listed["no_such_module:hook"]["error"]
    assert listed["shop_hooks"]["hooks"] == ["shop:all", "shop:queue", "shop:gold", "shop:gate"]
    assert listed["lines"] | {"hooks": None} == {
        "name": "lines",
        "type": "sources",
        "version": "9.9",
        "author": "Ada",
        "hooks": None,
        "error": None,
        "note": None,
    }


def test_a_plugin_says_how_it_stands(shop: Shop, invoke: Invoke) -> None:
    """A plugin that is installed and switched off is listed without hooks, and one line says how to switch it on."""
    shop.write_entry_points(openmetadata="phlo_hooks.subscribers.openmetadata.plugin:OpenMetadataPlugin")

    listed = invoke("plugin", "list", "--type", "hooks").stdout.splitlines()
    (entry,) = json.loads(invoke("plugin", "list", "--type", "hooks", "--json").stdout)

    assert [line.split()[0] for line in listed if line] == ["NAME", "openmetadata", "openmetadata:"]
    assert listed[-1] == "openmetadata: off; plugins.config.openmetadata.url, or OPENMETADATA_URL, switches it on"
    assert (entry["hooks"], entry["error"], entry["note"]) == ([], None, listed[-1].partition(": ")[2])


def test_no_plugin_is_said(shop: Shop, invoke: Invoke) -> None:
    """Nothing installed prints (none), and an empty list as JSON."""
    assert invoke("plugin", "list", "--type", "hook").stdout == "(none)\n"
    assert json.loads(invoke("plugin", "list", "--type", "hooks", "--json").stdout) == []


def test_a_plugin_is_described(shop: Shop, invoke: Invoke) -> None:
    """Its hooks, when and where they are called, and what each of them gets."""
    shop.use_hooks()

    result = invoke("plugin", "info", "shop")
    by_file = json.loads(invoke("plugin", "info", "shop_hooks", "--json").stdout)
    missing = invoke("plugin", "info", "nobody")

    assert "assets gold/*" in result.stdout
    assert "in the step" in result.stdout
    assert "every event" in result.stdout
    assert {hook["name"] for hook in by_file["hooks"]} == {"shop:all", "shop:queue", "shop:gold", "shop:gate"}
    assert missing.exit_code == 3


def test_plugin_check_finds_each_culprit(shop: Shop, invoke: Invoke) -> None:
    """Each is loaded in a process of its own, so that one that ends its process is named too."""
    shop.write_module("killer", "import os\nos._exit(0)")
    shop.write_module("fine", "from phlo_hooks.authoring import hook\n@hook\ndef ok(event): ...\nprint('noise')")
    shop.hooks = ["killer:hook", "fine:ok", "nowhere:hook"]
    shop.write_entry_points(bundle="fine:other")

    done = shop.run("plugin", "check")
    one = shop.run("plugin", "check", "fine:ok", "--json")
    unknown = shop.run("plugin", "check", "nobody")

    assert done.returncode == 1
    results = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert "ended its process (exit code 0)" in results["killer:hook"]
    assert "No module named 'nowhere'" in results["nowhere:hook"]
    assert results["fine:ok"].split()[1:] == ["ok", "1", "hook"]
    assert "failed" in results["bundle"]
    assert json.loads(one.stdout) == [{"name": "fine:ok", "hooks": ["fine:ok"], "error": None}]
    assert unknown.returncode == 3


def test_plugin_check_loads_all_together(shop: Shop, invoke: Invoke) -> None:
    """A name that two plugins take fails in company only."""
    shop.write_module("one", "from phlo_hooks.authoring import hook\n@hook(plugin='p', name='same')\ndef a(event): ...")
    shop.write_module("two", "from phlo_hooks.authoring import hook\n@hook(plugin='p', name='same')\ndef b(event): ...")
    shop.hooks = ["one:a", "two:b"]

    done = shop.run("plugin", "check")

    assert done.returncode == 1
    assert "hook p:same is already registered" in done.stdout.splitlines()[-1]


def test_a_consumer_is_forgotten(recorded: Shop, invoke: Invoke) -> None:
    """A hook that is gone no longer counts, after a question."""
    refused = invoke("plugin", "forget", "gone", input="\n")
    forgotten = invoke("plugin", "forget", "gone", "--yes")
    again = invoke("plugin", "forget", "gone:hook", "--yes")
    bus = invoke("plugin", "forget", "bus", "--yes")

    assert refused.exit_code == 130
    assert forgotten.stdout == "forgot gone:hook\n"
    assert again.exit_code == 3
    assert bus.exit_code == 2
