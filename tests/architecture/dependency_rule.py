#!/usr/bin/env python3
"""The dependency rule: who may include whom, and who may know which library and which plugin.

usage: dependency_rule.py [repository]

Reads every #include of platform/ and plugins/ and prints one line for each that the tables
below forbid. Exits 0 when there is none, 1 otherwise.

A quoted word that only happens to equal a plugin's name is excused by a comment on its line:
    if (family == "popularity") {  // not a plugin: the family
"""

import dataclasses
import pathlib
import re
import sys

CORE = {"ports", "model", "base"}
STAGES = ("ingest", "process", "serve", "train", "experiments", "admin")
# What each module may include beside itself. None: everything in platform/.
MAY_INCLUDE: dict[str, set[str] | None] = {
    "sdk": set(),
    "base": set(),
    "model": {"base"},
    "ports": {"model", "base"},
    "signals": CORE | {"sdk"},
    "state": CORE,
    "scripting": CORE,
    **{stage: CORE | {"signals", "state", "scripting"} for stage in STAGES},
    # These two hand columns to signals and take them back: the types are the ABI's.
    **{stage: CORE | {"signals", "state", "scripting", "sdk"} for stage in ("process", "serve")},
    "adapters": CORE,  # each adapter for itself; never another one
    "app": None,
    "plugins": {"sdk"},
}


@dataclasses.dataclass(frozen=True)
class Library:
    """A library, the headers that mean it, and the modules that own it."""

    name: str
    header: re.Pattern
    owners: tuple[str, ...]


LIBRARIES = (
    Library("Poco", re.compile(r"Poco/"), ("adapters", "app")),
    Library("librdkafka", re.compile(r"(librdkafka/|rdkafka)"), ("adapters/kafka",)),
    Library("Lua", re.compile(r"(lua[\d.]*/)?(lua\.hpp|lua\.h|lauxlib\.h|lualib\.h|luaconf\.h)$"), ("scripting",)),
    Library("SQLite", re.compile(r"sqlite3(ext)?\.h$"), ("adapters/sqlite",)),
    Library("libpq", re.compile(r"(postgresql/)?libpq"), ("adapters/postgres",)),
    Library("hiredis", re.compile(r"hiredis/"), ("adapters/redis",)),
    Library("prometheus-cpp", re.compile(r"prometheus/"), ("adapters/prometheus",)),
)
# Costly to compile, and a type that must not become part of an interface.
NO_HEADER = re.compile(r"nlohmann/")

SUFFIXES = {".c", ".cpp", ".h", ".hpp"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)')
TOKEN = re.compile(
    r'(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")'
    r'|(?P<text>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9A-Za-z])'(?:\\.|[^'\\\n])+')"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)",
    re.DOTALL,
)
EXCUSE = "not a plugin:"


def blank(text: str) -> str:
    """Spaces instead of the text, with its line breaks kept."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(source: str) -> str:
    return TOKEN.sub(lambda m: blank(m.group()) if m.group("comment") else m.group(), source)


def without_comments_and_raw_strings(source: str) -> str:
    return TOKEN.sub(lambda m: blank(m.group()) if m.group("comment") or m.group("raw") else m.group(), source)


def module_of(path: pathlib.PurePath) -> str:
    """The module of a path inside the repository: serve, adapters/sqlite, plugins/co_view."""
    parts = path.parts
    if parts[0] == "plugins":
        return "/".join(parts[:2])
    if parts[1] == "adapters" and len(parts) > 3:
        return "/".join(parts[1:3])
    return parts[1]


def kind_of(module: str) -> str:
    return module.split("/")[0]


class Checker:
    def __init__(self, root: pathlib.Path):
        self.root = root
        self.files = 0
        self.violations: list[str] = []
        self.plugins = sorted(p.name for p in (root / "plugins").glob("*/") if p.is_dir() and p.name != "template")

    def run(self) -> list[str]:
        for folder in ("platform", "plugins"):
            for file in sorted((self.root / folder).rglob("*")):
                if file.suffix in SUFFIXES and file.is_file():
                    self.files += 1
                    self.check_file(file)
        return self.violations

    def check_file(self, file: pathlib.Path) -> None:
        inside = file.relative_to(self.root)
        module = module_of(inside)
        if kind_of(module) not in MAY_INCLUDE:
            self.report(inside, 1, f"module {module} has no place in the dependency rule; give it one in {__file__}")
            return
        source = file.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(without_comments_and_raw_strings(source).split("\n"), 1):
            include = INCLUDE.match(line)
            if include:
                self.check_include(inside, number, module, include.group(1) or include.group(2))
        if kind_of(module) not in ("app", "plugins") and not file.stem.endswith("_test"):
            self.check_names(inside, source)

    def check_include(self, inside: pathlib.PurePath, number: int, module: str, name: str) -> None:
        if ".." in pathlib.PurePath(name).parts:
            self.report(inside, number, f'"{name}" climbs out of its folder; write "module/file.hpp"')
            return
        target = self.target_of(inside, name)
        if target is not None:
            if not self.may_include(module, target):
                self.report(inside, number, f"{module} may not include {target} ({name})")
            return
        for library in LIBRARIES:
            if library.header.match(name) and not {module, kind_of(module)} & set(library.owners):
                owners = " and ".join(library.owners)
                self.report(inside, number, f"{library.name} belongs to {owners}, not to {module} ({name})")
        for_tests = inside.stem.endswith("_fixture") or "testing" in inside.parts
        is_header = inside.suffix in (".h", ".hpp") and not for_tests
        if NO_HEADER.match(name) and is_header and kind_of(module) not in ("app", "plugins"):
            self.report(inside, number, f"{name} may not appear in a header; include it in the .cpp")

    def target_of(self, inside: pathlib.PurePath, name: str) -> str | None:
        """The module an include means, or None for a library's or the system's header."""
        first = pathlib.PurePath(name).parts[0]
        if first == "signalbox":
            return "sdk"
        if first == "plugins":
            return module_of(pathlib.PurePath(name))
        if "/" in name and (first in MAY_INCLUDE or (self.root / "platform" / name).is_file()):
            return module_of(pathlib.PurePath("platform", name))
        if (self.root / inside.parent / name).is_file():
            return module_of(inside.parent / name)
        return None

    @staticmethod
    def may_include(module: str, target: str) -> bool:
        if module == target:
            return True
        allowed = MAY_INCLUDE[kind_of(module)]
        if allowed is None:
            return kind_of(target) != "plugins"
        return target in allowed

    def check_names(self, inside: pathlib.PurePath, source: str) -> None:
        """Reports quoted plugin names; also within longer strings, as in JSON."""
        excused = [EXCUSE in line for line in source.split("\n")]
        for number, line in enumerate(without_comments(source).split("\n"), 1):
            for plugin in self.plugins:
                if re.search(rf'"{plugin}(\.so)?\\?"', line) and not excused[number - 1]:
                    self.report(inside, number, f'core code names the plugin "{plugin}"')

    def report(self, inside: pathlib.PurePath, number: int, what: str) -> None:
        self.violations.append(f"{inside}:{number}: {what}")


def main() -> int:
    default = pathlib.Path(__file__).resolve().parents[2]
    checker = Checker(pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default)
    violations = checker.run()
    for violation in violations:
        print(violation)
    if checker.files == 0:
        print(f"no source found under {checker.root}", file=sys.stderr)
        return 1
    print(f"{checker.files} files, {len(violations)} against the dependency rule")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
