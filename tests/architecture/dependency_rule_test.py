#!/usr/bin/env python3
"""The dependency rule's own test: made-up trees, good and bad."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import dependency_rule


def violations_of(files: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return dependency_rule.Checker(root).run()


class DependencyRuleTest(unittest.TestCase):
    def assert_allowed(self, file: str, text: str, **others: str) -> None:
        self.assertEqual(violations_of({file: text, "plugins/co_view/co_view.cpp": "", **others}), [])

    def assert_forbidden(self, file: str, text: str, message: str) -> None:
        found = violations_of({file: text, "plugins/co_view/co_view.cpp": "", "platform/serve/blender.hpp": ""})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{file}:"), found)
        self.assertIn(message, found[0])

    def test_includes_along_the_arrows_are_allowed(self):
        for file, text in {
            "platform/base/result.hpp": "#include <tl/expected.hpp>\n",
            "platform/model/event.hpp": '#include "base/ids.hpp"\n#include "model/item.hpp"\n',
            "platform/ports/event_log.hpp": '#include "model/event.hpp"\n',
            "platform/signals/loader.cpp": '#include "signalbox/plugin_abi.h"\n#include <nlohmann/json.hpp>\n',
            "platform/scripting/sandbox.hpp": "#include <lua.hpp>\n",
            "platform/serve/gatherer.cpp": '#include "signals/instance.hpp"\n#include "state/items.hpp"\n',
            "platform/adapters/sqlite/log.cpp": '#include "adapters/sqlite/log.hpp"\n#include <sqlite3.h>\n',
            "platform/adapters/http/server.cpp": '#include <Poco/Net/Socket.h>\n#include "ports/http.hpp"\n',
            "platform/adapters/prometheus/metrics.cpp": "#include <prometheus/counter.h>\n",
            "platform/app/wiring.hpp": '#include "adapters/http/server.hpp"\n#include <nlohmann/json.hpp>\n',
            "plugins/co_view/index.hpp": '#include "signalbox/plugin.hpp"\n#include "co_view.hpp"\n',
        }.items():
            with self.subTest(file):
                self.assert_allowed(file, text)

    def test_includes_against_the_arrows_are_forbidden(self):
        for file, text, message in (
            ("platform/base/a.hpp", '#include "model/event.hpp"', "base may not include model"),
            ("platform/sdk/a.hpp", '#include "base/result.hpp"', "sdk may not include base"),
            ("platform/model/a.cpp", "#  include <ports/clock.hpp>", "model may not include ports"),
            ("platform/state/a.cpp", '#include "signals/loader.hpp"', "state may not include signals"),
            ("platform/scripting/a.cpp", '#include "signalbox/plugin.hpp"', "scripting may not include sdk"),
            ("platform/serve/a.cpp", '#include "ingest/handler.hpp"', "serve may not include ingest"),
            ("platform/serve/a_test.cpp", '#include "app/wiring.hpp"', "serve may not include app"),
            ("platform/process/a.cpp", '#include "adapters/sqlite/log.hpp"', "may not include adapters/sqlite"),
            ("platform/adapters/memory/a.cpp", '#include "adapters/sqlite/log.hpp"', "may not include adapters/sqlite"),
            ("platform/adapters/memory/a.cpp", '#include "state/items.hpp"', "may not include state"),
            ("platform/app/a.cpp", '#include "plugins/co_view/co_view.hpp"', "app may not include plugins/co_view"),
            ("platform/ports/a.hpp", '#include "../serve/blender.hpp"', "climbs out of its folder"),
            ("plugins/co_view/a.cpp", '#include "base/result.hpp"', "plugins/co_view may not include base"),
            ("plugins/co_view/a.cpp", '#include "plugins/session/a.hpp"', "may not include plugins/session"),
            ("platform/utils/a.cpp", "#include <vector>", "module utils has no place"),
        ):
            with self.subTest(f"{file} {text}"):
                self.assert_forbidden(file, text + "\n", message)

    def test_libraries_stay_with_their_owner(self):
        for file, text, message in (
            ("platform/serve/a.cpp", "#include <Poco/Net/Socket.h>", "Poco belongs to adapters and app"),
            ("platform/adapters/sqlite/a.cpp", "#include <librdkafka/rdkafkacpp.h>", "librdkafka belongs to"),
            ("platform/app/a.cpp", "#include <lua.hpp>", "Lua belongs to scripting"),
            ("platform/serve/a.cpp", '#include "lauxlib.h"', "Lua belongs to scripting"),
            ("platform/state/a.cpp", "#include <sqlite3.h>", "SQLite belongs to adapters/sqlite"),
            ("platform/adapters/http/a.cpp", "#include <prometheus/counter.h>", "belongs to adapters/prometheus"),
            ("platform/state/a.hpp", "#include <nlohmann/json.hpp>", "may not appear in a header"),
            ("platform/state/a.hpp", "#include <nlohmann/json_fwd.hpp>", "may not appear in a header"),
            ("plugins/co_view/a.cpp", "#include <Poco/Logger.h>", "Poco belongs to adapters and app"),
        ):
            with self.subTest(f"{file} {text}"):
                self.assert_forbidden(file, text + "\n", message)

    def test_core_code_names_no_plugin(self):
        for text in (
            'auto name = "co_view";',
            'auto file = "co_view.so";',
            r'auto json = "{\"plugin\":\"co_view\"}";',
            'auto json = R"({"plugin":"co_view"})";',
            'auto url = "http://x"; auto name = "co_view";',
        ):
            with self.subTest(text):
                self.assert_forbidden("platform/serve/a.cpp", text + "\n", 'names the plugin "co_view"')

    def test_a_plugin_may_be_named_where_it_is_known(self):
        for file, text in {
            "platform/app/defaults.cpp": 'auto name = "co_view";\n',
            "platform/serve/a_test.cpp": 'auto name = "co_view";\n',
            "platform/serve/a.cpp": '// as "co_view" does\nauto words = "co_view and others";\n',
            "platform/serve/b.cpp": 'auto word = "co_view";  // not a plugin: a column of the export\n',
            "plugins/co_view/b.cpp": 'auto name = "co_view";\n',
        }.items():
            with self.subTest(file):
                self.assert_allowed(file, text)

    def test_comments_and_raw_strings_include_nothing(self):
        for text in (
            '// #include "app/wiring.hpp"\n',
            '/*\n#include "app/wiring.hpp"\n*/\n',
            'auto sample = R"cpp(\n#include "app/wiring.hpp"\n)cpp";\n',
        ):
            with self.subTest(text):
                self.assert_allowed("platform/serve/a.cpp", text)

    def test_a_quote_character_hides_nothing(self):
        self.assert_forbidden(
            "platform/serve/a.cpp",
            "char quote = '\"';\nint million = 1'000'000;\n#include \"app/wiring.hpp\"\n",
            "serve may not include app",
        )

    def test_the_program_fails_on_a_bad_tree_and_on_an_empty_one(self):
        for files, status in (
            ({"platform/base/a.cpp": '#include "app/a.hpp"\n'}, 1),
            ({"platform/base/a.txt": ""}, 1),
            ({"platform/base/a.cpp": "#include <vector>\n"}, 0),
        ):
            with self.subTest(str(files)), tempfile.TemporaryDirectory() as folder:
                for name, text in files.items():
                    path = pathlib.Path(folder, name)
                    path.parent.mkdir(parents=True)
                    path.write_text(text)
                with mock.patch.object(sys, "argv", ["dependency_rule.py", folder]), \
                        contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                    self.assertEqual(dependency_rule.main(), status)


if __name__ == "__main__":
    unittest.main()
