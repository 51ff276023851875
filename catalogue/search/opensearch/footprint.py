"""What an index takes of a cluster."""

from catalogue.search.opensearch.cluster import Cluster, unavailable


def index_bytes(cluster: Cluster, alias: str) -> int:
    """Bytes on disk of the live generation's primary shards."""
    with unavailable():
        found = cluster.patient.indices.stats(index=alias, metric="store")
    return int(found["_all"]["primaries"]["store"]["size_in_bytes"])


def heap_bytes(cluster: Cluster) -> int:
    """Heap in use on all nodes together; what it has not collected yet included."""
    with unavailable():
        found = cluster.patient.nodes.stats(metric="jvm")
    return sum(int(node["jvm"]["mem"]["heap_used_in_bytes"]) for node in found["nodes"].values())
