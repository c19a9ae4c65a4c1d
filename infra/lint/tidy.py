#!/usr/bin/env python3
"""clang-tidy over the sources of platform/ and plugins/, with the checks of .clang-tidy.

usage: tidy.py [build folder, default build/dev]

A source found clean is not checked again until it, a project header it reaches, its compile
command or .clang-tidy changes: the results are kept in build/lint/tidy. Tests are left to the
compiler, because GoogleTest's headers cost more time than everything else together.

What clang 14 cannot parse although GCC 12 compiles it is printed and passed over; more than
one source in ten of that kind is a failure, because then hardly anything is checked.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLANG_TIDY = "clang-tidy-14"
CACHE = ROOT / "build/lint/tidy"
# GCC's own; clang stops at an option that it does not know.
GCC_ONLY = {"-fno-gnu-unique", "-Wno-maybe-uninitialized", "-Wno-restrict", "-Werror"}
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.MULTILINE)
UNPARSED_SHARE = 0.1
# A module's header is reached through a link; people look for the file itself.
LINK = re.compile(r"\S*/build/[a-z]+/include/(sdk/signalbox|\w+)/")


def load_commands(build: pathlib.Path) -> dict[pathlib.Path, dict]:
    """The compile commands of the sources to check, by path, without what only GCC knows."""
    chosen = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not source.is_relative_to(ROOT) or source.is_relative_to(build) or not source.exists():
            continue
        inside = source.relative_to(ROOT)
        if inside.parts[0] not in ("platform", "plugins") or source.stem.endswith("_test"):
            continue
        words = [w for w in shlex.split(entry["command"]) if w not in GCC_ONLY]
        if pathlib.Path(words[0]).name == "ccache":
            del words[0]
        chosen[source] = {"directory": entry["directory"], "file": str(source), "arguments": words}
    return chosen


def header_at(name: str, includer: pathlib.Path) -> pathlib.Path | None:
    """The project file that an #include means, or None for a library's."""
    inside_sdk = name.removeprefix("signalbox/")
    for candidate in (includer.parent / name, ROOT / "platform" / name, ROOT / "platform/sdk" / inside_sdk):
        if candidate.is_file():
            return candidate.resolve()
    return None


def reached_files(source: pathlib.Path, texts: dict[pathlib.Path, bytes]) -> set[pathlib.Path]:
    """The source and every project header it reaches."""
    seen, left = set(), [source]
    while left:
        file = left.pop()
        if file in seen:
            continue
        seen.add(file)
        if file not in texts:
            texts[file] = file.read_bytes()
        for name in INCLUDE.findall(texts[file]):
            header = header_at(name.decode(errors="replace"), file)
            if header:
                left.append(header)
    return seen


def key_of(source: pathlib.Path, command: dict, texts: dict[pathlib.Path, bytes]) -> str:
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(json.dumps(command, sort_keys=True).encode())
    for file in sorted(reached_files(source, texts)):
        digest.update(str(file).encode() + b"\0" + hashlib.sha256(texts[file]).digest())
    return digest.hexdigest()


def check(source: pathlib.Path, database: pathlib.Path) -> tuple[list[str], list[str]]:
    """Runs clang-tidy on one source; returns its findings and what it could not parse."""
    done = subprocess.run(
        [CLANG_TIDY, "--quiet", f"-p={database}", "--extra-arg=-Wno-unknown-warning-option", str(source)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    output = LINK.sub(lambda m: "platform/" + ("sdk/" if m.group(1) == "sdk/signalbox" else ""), done.stdout)
    output = output.replace(f"{ROOT}/", "")
    blocks = re.split(r"(?m)^(?=\S+?:\d+:\d+: (?:error|warning): |error: )", output)
    errors = [b.rstrip() for b in blocks if re.match(r"\S+?:\d+:\d+: (error|warning): |error: ", b)]
    unparsed = [e for e in errors if "[clang-diagnostic-error]" in e]
    findings = [e for e in errors if "[clang-diagnostic-error]" not in e]
    if done.returncode != 0 and not errors:
        findings = [f"{source}: clang-tidy failed: {(done.stderr or done.stdout).strip()}"]
    return findings, unparsed


def main() -> int:
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/dev")).resolve()
    if not (build / "compile_commands.json").exists():
        print(f"tidy.py: no compile_commands.json in {build}; configure it first", file=sys.stderr)
        return 2
    CACHE.mkdir(parents=True, exist_ok=True)
    commands = load_commands(build)
    (CACHE / "compile_commands.json").write_text(json.dumps(list(commands.values())))

    texts: dict[pathlib.Path, bytes] = {}
    keys = {source: key_of(source, command, texts) for source, command in commands.items()}
    stale = [source for source, key in keys.items() if not (CACHE / key).exists()]
    started = time.monotonic()
    failed, unparsed_sources = 0, 0
    # One report for a header's finding, however many sources reach it.
    printed: set[str] = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, (findings, unparsed) in zip(stale, pool.map(lambda s: check(s, CACHE), stale)):
            for finding in findings:
                if finding not in printed:
                    print(finding, flush=True)
                    printed.add(finding)
            if unparsed:
                unparsed_sources += 1
                print(f"clang 14 cannot parse {source.relative_to(ROOT)}: {unparsed[0].splitlines()[0]}", flush=True)
            if findings:
                failed += 1
            elif not unparsed:
                (CACHE / keys[source]).touch()
    for old in CACHE.iterdir():
        if old.name not in keys.values() and old.name != "compile_commands.json":
            old.unlink(missing_ok=True)

    print(f"clang-tidy: {len(commands)} sources, {len(stale)} checked in {time.monotonic() - started:.0f} s, "
          f"{failed} with findings, {unparsed_sources} not parsed")
    too_many = unparsed_sources > max(1, UNPARSED_SHARE * len(commands))
    if too_many:
        print("clang-tidy: too many sources that clang 14 cannot parse", file=sys.stderr)
    return 1 if failed or too_many else 0


if __name__ == "__main__":
    sys.exit(main())
