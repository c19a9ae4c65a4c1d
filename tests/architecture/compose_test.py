#!/usr/bin/python3
"""docker-compose.yml against the configuration's schema, its ports, health checks and environment.

usage: compose_test.py [repository]    (Debian package python3-yaml)
"""

import functools
import json
import pathlib
import re
import subprocess
import sys
import unittest

try:
    import yaml
except ImportError:
    sys.exit("PyYAML is missing: install Debian's python3-yaml (infra/setup/install.sh test does)")

ROOT = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "config/signalbox.schema.json").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
NODES = {name: s for name, s in SERVICES.items() if s.get("image") == "signalbox:latest"}
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
# Which port a role answers on, and which variable a kind of store needs.
ROLE_PORTS = {"ingest": 8080, "recommend": 8081, "admin": 8082}
NEEDS = {("EVENT_LOG", "kafka"): "KAFKA_BROKERS", ("CONTROL_STORE", "postgres"): "DATABASE_URL",
         ("CACHE", "redis"): "REDIS_URL"}


def complaint(schema: dict, value: object) -> str:
    """Why the value does not fit the schema's part for it; empty where it does."""
    if "enum" in schema:
        return "" if value in schema["enum"] else f"{value!r} is none of {schema['enum']}"
    kind = schema.get("type")
    if kind and not isinstance(value, TYPES[kind]) or kind == "integer" and isinstance(value, bool):
        return f"{value!r} is no {kind}"
    if isinstance(value, (int, float)) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{value} is out of range"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        return "it is empty"
    if isinstance(value, list):
        return next(filter(None, (complaint(schema.get("items", {}), entry) for entry in value)), "")
    return ""


def setting_complaint(name: str, value: str) -> str:
    """Why a SIGNALBOX__ variable is not a key of the schema with a valid value; empty where it is."""
    part = SCHEMA
    for key in name.removeprefix("SIGNALBOX__").lower().split("__"):
        if key not in part.get("properties", {}):
            return f"{name}: there is no key {key}"
        part = part["properties"][key]
    why = complaint(part, yaml.safe_load(value))
    return f"{name}: {why}" if why else ""


@functools.cache
def owners_of(library: str) -> set[str]:
    """The Debian packages that a shared library's file belongs to."""
    found = subprocess.run(["dpkg-query", "--search", f"*/{library}"], capture_output=True, text=True, check=False)
    return {line.split(":")[0] for line in found.stdout.splitlines()}


class ComposeTest(unittest.TestCase):
    def test_services_are_the_whole_platform(self):
        self.assertEqual(set(SERVICES), {"kafka", "postgres", "redis", "ingest", "process", "recommender-1",
                                         "recommender-2", "admin", "prometheus", "grafana"})

    def test_settings_are_keys_of_the_schema_with_valid_values(self):
        for name, node in NODES.items():
            for variable, value in node["environment"].items():
                if variable.startswith("SIGNALBOX__"):
                    self.assertEqual(setting_complaint(variable, str(value)), "", name)

    def test_a_wrong_setting_would_be_noticed(self):
        self.assertIn("no key hots", setting_complaint("SIGNALBOX__HTTP__HOTS", "x"))
        self.assertIn("none of", setting_complaint("SIGNALBOX__CACHE__KIND", "memcached"))
        self.assertIn("out of range", setting_complaint("SIGNALBOX__HTTP__OPS_PORT", "70000"))
        self.assertIn("none of", setting_complaint("SIGNALBOX__ROLES", "[ingests]"))
        self.assertIn("is no integer", setting_complaint("SIGNALBOX__HTTP__OPS_PORT", "many"))

    def test_roles_run_where_they_should(self):
        roles = {name: yaml.safe_load(node["environment"]["SIGNALBOX__ROLES"]) for name, node in NODES.items()}
        self.assertEqual(roles, {"ingest": ["ingest"], "process": ["process"], "recommender-1": ["recommend"],
                                 "recommender-2": ["recommend"], "admin": ["admin"]})

    def test_stores_are_the_shared_ones_and_have_their_addresses(self):
        for name, node in NODES.items():
            environment = node["environment"]
            for (section, kind), variable in NEEDS.items():
                self.assertEqual(environment[f"SIGNALBOX__{section}__KIND"], kind, name)
                host = re.split(r"[@/]", environment[variable].split("://")[-1])
                places = [part.split(":")[0] for part in host]
                self.assertTrue(set(places) & set(SERVICES), f"{name}: {variable} names no service")

    def test_database_address_is_the_one_postgres_is_made_with(self):
        made = SERVICES["postgres"]["environment"]
        for node in NODES.values():
            self.assertEqual(node["environment"]["DATABASE_URL"],
                             f"postgres://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}"
                             f"@postgres:5432/{made['POSTGRES_DB']}")

    def test_ports_are_those_of_the_roles_on_this_machine_alone_and_apart(self):
        taken = []
        for name, service in SERVICES.items():
            for port in service.get("ports", []):
                address, outer, inner = port.rsplit(":", 2)
                self.assertEqual(address, "127.0.0.1", f"{name} is open to the network")
                taken.append(outer)
                if name in NODES:
                    roles = yaml.safe_load(service["environment"]["SIGNALBOX__ROLES"])
                    self.assertIn(int(inner), [ROLE_PORTS[role] for role in roles], name)
        self.assertEqual(len(taken), len(set(taken)))
        defaults = SCHEMA["properties"]["http"]["properties"]
        for role, port in ROLE_PORTS.items():
            self.assertEqual(defaults[f"{role}_port"]["default"], port)

    def test_every_service_has_a_health_check_and_waits_for_what_it_needs(self):
        for name, service in SERVICES.items():
            self.assertIn("test", service.get("healthcheck", {}), name)
            self.assertEqual(service.get("restart"), "unless-stopped", name)
            for needed, how in service.get("depends_on", {}).items():
                self.assertIn(needed, SERVICES, name)
                self.assertEqual(how, {"condition": "service_healthy"}, name)
        for name, node in NODES.items():
            ops = SCHEMA["properties"]["http"]["properties"]["ops_port"]["default"]
            self.assertIn(f"http://127.0.0.1:{ops}/readyz", node["healthcheck"]["test"], name)
            self.assertEqual(set(node["depends_on"]), {"kafka", "postgres", "redis"}, name)

    def test_every_node_starts_from_the_process_nodes_checkpoint_with_the_same_token(self):
        ops = SCHEMA["properties"]["http"]["properties"]["ops_port"]["default"]
        processing = {f"http://{name}:{ops}" for name, node in NODES.items()
                      if "process" in yaml.safe_load(node["environment"]["SIGNALBOX__ROLES"])}
        tokens = {node["environment"]["CLUSTER_TOKEN"] for node in NODES.values()}
        self.assertEqual(len(tokens), 1)
        token = re.fullmatch(r"\$\{CLUSTER_TOKEN:-(.*)\}", tokens.pop())
        self.assertGreaterEqual(len(token.group(1)), 16)
        for name, node in NODES.items():
            urls = yaml.safe_load(node["environment"]["SIGNALBOX__CLUSTER__PROCESS_URLS"])
            self.assertEqual(set(urls), processing, name)

    def test_volumes_are_declared_and_each_node_has_its_own(self):
        for name, service in SERVICES.items():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                if source.startswith("./"):
                    self.assertTrue((ROOT / source).exists(), f"{name}: {source} does not exist")
                else:
                    self.assertIn(source, COMPOSE["volumes"], name)
        for name, node in NODES.items():
            mounted = [v.split(":")[1] for v in node["volumes"]]
            self.assertEqual(mounted, [node["environment"]["SIGNALBOX__DATA_DIR"]], name)
            self.assertEqual([v.split(":")[0] for v in node["volumes"]], [name])

    def test_prometheus_scrapes_every_node(self):
        config = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text(encoding="utf-8"))
        targets = [t for job in config["scrape_configs"] for static in job["static_configs"] for t in static["targets"]]
        self.assertEqual(sorted(targets), sorted(f"{name}:8083" for name in NODES))

    def test_dashboard_asks_for_metrics_that_exist(self):
        dashboard = json.loads((ROOT / "infra/grafana/dashboards/signalbox.json").read_text(encoding="utf-8"))
        sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "platform").rglob("*.cpp"))
        words = {"sum", "by", "rate", "increase", "histogram_quantile", "le", "instance", "event_type"}
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                for metric in set(re.findall(r"\b[a-z][a-z_]{3,}\b", target["expr"])) - words:
                    known = re.sub(r"_(bucket|sum|count)$", "", metric)
                    self.assertTrue(f'"{metric}"' in sources or f'"{known}"' in sources, f"{panel['title']}: {metric}")

    def test_image_copies_what_is_there(self):
        text = (ROOT / "infra/docker/Dockerfile").read_text(encoding="utf-8")
        for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
            self.assertTrue((ROOT / source).exists(), source)
        self.assertIn("curl", (ROOT / "infra/docker/packages-runtime.txt").read_text(encoding="utf-8").split())

    def test_image_has_every_library_the_program_loads(self):
        wanted = re.sub(r"#.*", "", (ROOT / "infra/docker/packages-runtime.txt").read_text(encoding="utf-8")).split()
        built = sorted(ROOT.glob("build/*/bin/signalbox")) + sorted(ROOT.glob("build/*/bin/plugins/*.so"))
        base = {"libc6", "libstdc++6", "libgcc-s1"}  # in every Debian
        for file in built:
            headers = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True).stdout
            for library in re.findall(r"NEEDED.*\[(.*)\]", headers):
                if "san.so" in library:
                    continue
                owners = owners_of(library)
                self.assertTrue(owners & (set(wanted) | base), f"{file.name} loads {library} of {owners}")


if __name__ == "__main__":
    unittest.main()
